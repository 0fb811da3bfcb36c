"""Forks the forkserver from the worker's main process, so that both processes share the memory of imported modules.

LiveKit starts the forkserver after all imports of the main process. By default, the forkserver is a new program, which
imports the same modules again. Instead, this module imports LiveKit and offhook once, and then forks the main process.
The forked process continues in `early_preload.py`.

Later, LiveKit starts the forkserver: Python then runs a command that normally starts a new program. This module sends
that command to the forked process, which becomes the forkserver. If the forked process has died, Python starts a new
program as usual.
"""

import gc
import importlib
import json
import os
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import util

from offhook.worker.early_preload import TAKEN, run_forkserver

__all__ = ["start_forkserver"]

_SHARED = "offhook.worker.serve"
"""The module that imports LiveKit and those parts of offhook that both the main process and the jobs need."""
_COMMAND = "from multiprocessing.forkserver import main"
"""The code that starts a forkserver in Python 3.11 to 3.13 begins with this text."""
_IMPORTING = 50_000
"""While the agent's file is imported, a garbage collection starts after this many new objects."""


def start_forkserver() -> None:
    """Import LiveKit and fork. Call this function before any code starts a thread. LiveKit uses a forkserver only on
    Linux, so on other systems this function does nothing.
    """
    if sys.platform != "linux":
        return
    gc.disable()  # imports make hundreds of thousands of objects and almost no garbage
    with suppress(Exception):  # the agent's file imports the module again, and that import reports the error
        importlib.import_module(_SHARED)
    if threading.active_count() == 1:  # a lock of another thread would stay locked in the forked process
        gc.freeze()  # a garbage collection would write to every object, and a changed memory page is not shared
        _fork()
    gc.enable()


def _fork() -> None:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if not pid:
        ours.close()
        run_forkserver(theirs)
    theirs.close()
    _hand_over_through(ours, pid)


def _hand_over_through(connection: socket.socket, pid: int) -> None:
    """Send the next command that starts a forkserver to the process `pid`. Other programs are started as usual."""
    original, thresholds = util.spawnv_passfds, gc.get_threshold()
    gc.set_threshold(_IMPORTING, *thresholds[1:])

    def spawn(path: bytes, args: Sequence[str], passfds: Sequence[int]) -> int:
        if not args[-1].startswith(_COMMAND):
            return original(path, args, passfds)
        setattr(util, "spawnv_passfds", original)  # noqa: B010  # mypy refuses to assign to a function
        gc.set_threshold(*thresholds)
        if _sent(connection, path, args, passfds):
            return pid
        os.waitpid(pid, os.WNOHANG)
        return original(path, args, passfds)

    setattr(util, "spawnv_passfds", spawn)  # noqa: B010  # as above


def _sent(connection: socket.socket, path: bytes, args: Sequence[str], passfds: Sequence[int]) -> bool:
    """Send the command, its file descriptors and the current environment. Return False if the forked process has died.

    The forked process answers after its imports. The wait for this answer costs no time, because a job process could
    not start before these imports.
    """
    message = {
        "path": os.fsdecode(path),
        "args": [os.fsdecode(one) for one in args],
        "descriptors": list(passfds),
        "environ": dict(os.environ),
        "modules": sys.path,
    }
    try:
        with connection:
            socket.send_fds(connection, [b"\n"], list(passfds))
            connection.sendall(json.dumps(message).encode())
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(1) == TAKEN
    except OSError:
        return False
