"""Runs an `offhook` command that serves a web page. The command ends at the end of the `with` block."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from offhook.testing.live.worker import Worker

__all__ = ["AGENT", "dev_page", "program"]

AGENT = Path(__file__).parents[1] / "agents" / "agent.py"


@contextmanager
def dev_page(folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Copy the demo agent into this folder, run `offhook dev` with the copy, and yield the address of the talk page."""
    shutil.copy(AGENT, folder)
    with program(
        folder, "dev", AGENT.name, "--page-port", "0", "--no-open", ready="Ready.", environ=environ
    ) as address:
        yield address


@contextmanager
def program(folder: Path, *arguments: str, ready: str, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run `offhook` with these arguments. Yield the web address in the first output line that contains the text
    `ready`.

    Without `environ`, the command gets the environment of this process.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "offhook", *arguments],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        address = re.search(r"http://127[^ ]+", Worker(process).wait_for(ready))
        assert address is not None
        yield address[0]
    finally:
        process.terminate()
        process.wait(20)
