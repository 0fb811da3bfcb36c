"""Starts child processes that end when their parent ends, and that do not get the terminal's signals.

Every child leads its own process group. Therefore Ctrl-C in the terminal reaches only the parent, and the parent sends
one signal to the child. On Linux the kernel also kills a child when the *thread* that started the child ends
(PR_SET_PDEATHSIG). Therefore start children from a thread that ends after them, preferably from the main thread. On
other systems a child survives if its parent is killed with SIGKILL. If the parent ends in another way, the parent stops
the child first.
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
    """Start a child in its own process group. On Linux, the child ends when the calling thread ends. The child writes
    its output to `output`.
    """
    return subprocess.Popen(
        command,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=_die_with_parent(),  # noqa: PLW1509 - one system call and no lock: safe with other threads
    )


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and all processes that it started. There is no error if they have already ended."""
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses the signal if the group has only dead processes
        os.killpg(child.pid, signal.SIGKILL)


def stop_group(child: subprocess.Popen[bytes]) -> None:
    """Kill a child and all processes that it started, and wait for the child."""
    kill_group(child)
    child.wait()


def _die_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    # Loading the library and finding `prctl` take locks, which another thread may hold during the fork. Therefore both
    # are done now, before the fork.
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died between the fork and the line above
            os._exit(1)

    return prepare
