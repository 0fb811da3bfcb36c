"""Forks the forkserver from the worker's main process, so that both share the memory of the same modules.

LiveKit starts the forkserver after all imports of the main process. The forkserver is a new program, and imports the
same modules again. This module imports LiveKit and offhook once, and then forks. The forked process continues in
`early_preload.py`. When LiveKit starts the forkserver, this module sends Python's command for a new forkserver to the
forked process. If the forked process has died, Python starts a new program with this command.
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
"""This module imports LiveKit and the parts of offhook that the main process and the jobs need."""
_COMMAND = "from multiprocessing.forkserver import main"
"""The beginning of the code with which Python starts a forkserver, in Python 3.11 to 3.13."""
_IMPORTING = 50_000
"""The number of new objects that triggers a garbage collection during the imports of the agent's file."""


def start_forkserver() -> None:
    """Import LiveKit and fork. Call this before any code starts a thread. Only Linux has a forkserver; on other systems
    this function does nothing.
    """
    if sys.platform != "linux":
        return
    gc.disable()  # imports make hundreds of thousands of objects and almost no garbage
    with suppress(Exception):  # the agent's file imports these modules again and reports the error
        importlib.import_module(_SHARED)
    if threading.active_count() == 1:  # a lock that another thread holds would stay locked in the forked process
        gc.freeze()  # a garbage collection writes to every object, and a memory page that was written is not shared
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
    """Give Python's command for a new forkserver to the process `pid`, once. Other programs are started as usual."""
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
    """Send the command, its descriptors and the current environment. Return False if the process has died.

    The forked process answers after its imports. The wait costs nothing, because no job process could start earlier.
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
