"""The steps of the Dockerfile, done in an empty folder: what they install takes a call, as a user without rights.

No image is built. The base image, `useradd` and the copying between the stages are not tried; all else is.
"""

import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.live.bytecode import lend_bytecode
from tests.live.container_view import USER, in_container_view
from tests.live.ports import free_port

from offhook.dev.server import LocalServer, local_server
from offhook.dev.spawn import kill_group, spawn
from offhook.testing import Caller
from offhook.testing.live.worker import Worker

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
OUTER = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "OFFHOOK_", "LIVEKIT_"))}
"""What a build gets from outside: proxies and certificates, mostly."""


@dataclass(slots=True)
class Image:
    """A folder that stands for the container's /app, and what the Dockerfile says about it."""

    app: Path
    tools: Path
    environ: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    def do(self, word: str, rest: str) -> None:
        match word:
            case "FROM":
                self.environ = {"PATH": f"{self.tools}:{os.environ['PATH']}", "HOME": os.environ["HOME"]}
            case "ENV":
                given = dict(pair.split("=", 1) for pair in shlex.split(self.here(rest)))
                slow = ("UV_LINK_MODE", "UV_COMPILE_BYTECODE")  # a copy of each file, compiled: a minute for nothing
                self.environ |= {
                    name: value.replace("$PATH", self.environ["PATH"])
                    for name, value in given.items()
                    if name not in slow
                }
            case "COPY" if not rest.startswith("--from"):
                self.copy(*shlex.split(rest))
            case "RUN":
                environ = OUTER | self.environ
                subprocess.run(["sh", "-ec", self.here(rest)], cwd=self.app, env=environ, check=True, timeout=120)
            case _:
                self.said[word] = rest

    def copy(self, *words: str) -> None:
        *sources, target = words
        for source in sources:
            there = self.app / target / Path(source).name if target.endswith("/") else self.app / target
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, there, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, there)

    def here(self, text: str) -> str:
        return text.replace("/app", str(self.app))


def make_tools(folder: Path) -> None:
    """Programs in place of those of the base image: this Python, our uv with its cache, no `useradd`."""
    user = "" if os.geteuid() == 0 else f"exec mkdir -p {folder.parent}/app/.offhook"
    scripts = {
        "python": f'exec {sys.executable} "$@"',
        "pip": "exit 0",
        "useradd": "exit 0",
        "uv": f'for w; do shift; [ "$w" = --no-cache ] || set -- "$@" "$w"; done; exec {UV} --quiet "$@"',
        "install": user or 'exec /usr/bin/install "$@"',
    }
    folder.mkdir()
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    folder = Path(tempfile.mkdtemp(prefix="offhook-image-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        built = Image(folder / "app", folder / "tools")
        built.app.mkdir()
        make_tools(built.tools)
        text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
        for line in text.replace("\\\n", "").splitlines():
            word, _, rest = line.partition(" ")
            if word:
                built.do(word, rest.strip())
        lend_bytecode(built.app / ".venv")
        yield built
    finally:
        shutil.rmtree(folder)


def confined(image: Image) -> list[str]:
    """What to put before the command so that it runs as in a container; nothing where that needs more rights."""
    trial = ["unshare", "--mount", "setpriv", "--reuid", USER, "--clear-groups", "true"]
    if not shutil.which("setpriv") or subprocess.run(trial, check=False, capture_output=True).returncode != 0:
        return ["sh", "-c", 'cd "$1"; shift; exec "$@"', "sh", str(image.app)]
    looking = [*trial[2:-1], "--regid", USER, "sh", "-c", f"test -x {sys.executable}"]
    reaches = subprocess.run(looking, check=False).returncode == 0
    # Where this Python is in somebody's home, user 10001 is allowed to read everything, to get there.
    reading = "" if reaches else "--inh-caps +dac_read_search --ambient-caps +dac_read_search"
    return in_container_view(Path("/"), image.app, volume=image.app / ".offhook", more=reading)


@contextmanager
def container(image: Image, server: LocalServer, *, health: int) -> Iterator[Worker]:
    """The image's command, with the server's keys; ports that other workers may have are replaced by free ones."""
    agent = image.app / "agents" / "agent.py"
    agent.write_text(agent.read_text().replace("serve(plan)", f"serve(plan, port={health})"))
    environ = {**image.environ, **server.variables(), "OFFHOOK_READY": "0", "HOME": str(image.app)}
    process = spawn([*confined(image), *json.loads(image.said["CMD"])], environ=environ, output=subprocess.PIPE)
    worker = Worker(process)
    try:
        worker.wait_for("registered worker")
        yield worker
    finally:
        kill_group(process)
        process.wait()


def test_the_image_s_packages_are_those_of_the_lock_and_nothing_of_development(image: Image) -> None:
    listed = [str(UV), "pip", "freeze", "--quiet", "--python", str(image.app / ".venv/bin/python")]
    frozen = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
    installed = {name for name in frozen if "==" in name}
    locked = re.findall(r"^(\S+==\S+)", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert installed <= set(locked)
    assert {name.partition("==")[0] for name in installed} & {"pytest", "mypy", "ruff", "hatchling"} == set()
    assert not list((image.app / ".venv").rglob("__editable__*"))


def healthy(image: Image, port: int) -> bool:
    """Whether the image's health check finds a worker there."""
    check = json.loads(image.said["HEALTHCHECK"].partition("CMD ")[2].replace("8081", str(port)))
    return subprocess.run([image.app / ".venv/bin" / check[0], *check[1:]], check=False).returncode == 0


async def test_the_image_takes_a_call_and_stops_with_0_as_a_user_who_may_write_nothing_else(
    image: Image, livekit_binary: Path
) -> None:
    assert image.said["USER"] == f"{USER}:{USER}"
    health = free_port()
    with local_server(livekit_binary) as server, container(image, server, health=health) as worker:
        there = {"url": server.url, "api_key": server.api_key, "api_secret": server.api_secret}
        async with Caller(**there, room="in-a-container") as caller:
            await caller.hears(since=caller.joined_at, timeout=20)
            await caller.hang_up()
        assert await asyncio.to_thread(healthy, image, health)
        assert worker.stop(signal.SIGTERM) == 0, worker.tail()
    assert (image.app / ".offhook" / "journal.db").stat().st_size > 0
    said = "\n".join(worker.lines)
    assert ("Read-only file system" in said, "Permission denied" in said) == (False, False)
