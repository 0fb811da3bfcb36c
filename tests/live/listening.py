"""Runs `offhook listen` in a separate process, and asks its page's server as the page does."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offhook.dev.server import LocalServer
from offhook.testing.live.worker import Worker


@dataclass(frozen=True, slots=True)
class Listening:
    """A running `offhook listen` and the address of its page."""

    worker: Worker
    address: str

    def post(self, path: str) -> dict[str, Any]:
        request = urllib.request.Request(self.address + path, method="POST", headers={"Origin": self.address})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))


def command(server: LocalServer, folder: Path, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "offhook", "listen", *arguments],
        cwd=folder,
        env={**plain, "PYTHONUNBUFFERED": "1", **server.variables(), **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


@contextmanager
def listening(
    server: LocalServer, folder: Path, room: str, *options: str, journal: Path | None = None
) -> Iterator[Listening]:
    """Run `offhook listen ROOM` while the block lasts. `journal` is the journal of the worker."""
    environ = {"OFFHOOK_JOURNAL": str(journal)} if journal else {}
    process = command(server, folder, room, "--port", "0", "--no-open", *options, **environ)
    worker = Worker(process)
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+", worker.wait_for("hear room"))
        assert address is not None
        yield Listening(worker, address[0])
    finally:
        process.terminate()
        process.wait(20)
