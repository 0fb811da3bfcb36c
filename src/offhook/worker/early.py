"""Starts the forkserver before the worker's main process imports LiveKit, so that both import at the same time.

LiveKit starts the forkserver after all its own imports, and the forkserver then imports the same modules again. This
module starts the forkserver first, with `offhook.worker.early_preload`. The forkserver then waits for LiveKit's list of
modules. With the list, it gets the current environment and module path. If it dies, Python starts it again with
LiveKit's list.
"""

import atexit
import gc
import json
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing import forkserver
from pathlib import Path
from shutil import rmtree

__all__ = ["ADDRESS", "start_forkserver"]

ADDRESS = "_OFFHOOK_EARLY_FORKSERVER"
"""The variable that gives the forkserver the address where the main process sends LiveKit's list."""
_IMPORTING = 50_000
"""The number of new objects that triggers a garbage collection. Imports make hundreds of thousands of objects and
almost no garbage."""
_HANDED_OVER = 10.0
"""Time limit in seconds for the forkserver to take the list. It reads the list after its imports."""


def start_forkserver() -> None:
    """Start the forkserver. Call this before LiveKit is imported. On systems without a forkserver, do nothing."""
    if sys.platform != "linux":
        return
    folder = tempfile.mkdtemp(prefix="offhook-")  # only this user can read it
    atexit.register(rmtree, folder, ignore_errors=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(Path(folder) / "list"))
    listener.listen(1)
    os.environ[ADDRESS] = listener.getsockname()
    forkserver.set_forkserver_preload(["offhook.worker.early_preload"])
    forkserver.ensure_running()
    del os.environ[ADDRESS]
    _hand_over_through(listener)


def _hand_over_through(listener: socket.socket) -> None:
    """Send the list when LiveKit sets it, right before it starts the first process."""
    original, thresholds = forkserver.set_forkserver_preload, gc.get_threshold()
    gc.set_threshold(_IMPORTING, *thresholds[1:])

    def hand_over(modules: Sequence[str]) -> None:
        setattr(forkserver, "set_forkserver_preload", original)  # noqa: B010  # mypy refuses to assign to a method
        gc.set_threshold(*thresholds)
        original(list(modules))  # for a forkserver that must be started again
        folder = Path(listener.getsockname()).parent
        with listener:
            _send(listener, modules)
        rmtree(folder, ignore_errors=True)

    setattr(forkserver, "set_forkserver_preload", hand_over)  # noqa: B010  # as above


def _send(listener: socket.socket, modules: Sequence[str]) -> None:
    listener.settimeout(_HANDED_OVER)
    message = {"modules": list(modules), "environ": dict(os.environ), "path": sys.path}
    try:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(_HANDED_OVER)
            connection.sendall(json.dumps(message).encode())
    except OSError:  # the forkserver died; the next start of a process starts it again with the list
        pass
