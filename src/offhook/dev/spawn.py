"""Children that neither outlive us nor are hit by the signals meant for us.

Every child leads a process group of its own, so that Ctrl-C in the terminal reaches us alone and we pass on one signal.
On Linux the kernel also kills a child when the *thread* that started it ends (PR_SET_PDEATHSIG): start children
from a thread that lives as long as they shall, best the main one. Elsewhere a child of a parent that was killed
with SIGKILL stays behind; every other end of the parent stops it.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

__all__ = ["kill_group", "spawn", "stop_group"]

PR_SET_PDEATHSIG: Final = 1


def spawn(
    command: Sequence[str | Path],
    *,
    environ: Mapping[str, str],
    output: IO[bytes] | int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in a group of its own that dies with the calling thread; its errors go where its output goes."""
    return subprocess.Popen(
        command,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=_die_with_parent(),  # noqa: PLW1509 - one system call and no lock: safe beside other threads
    )


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and everything it started; silence when they are gone."""
    with suppress(ProcessLookupError, PermissionError):  # macOS says the second of a group with only dead members
        os.killpg(child.pid, signal.SIGKILL)


def stop_group(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a child and of everything it started, and wait for it."""
    kill_group(child)
    child.wait()


def _die_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # before the fork: loading and looking up take locks that another thread may hold
    parent = os.getpid()

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return prepare
