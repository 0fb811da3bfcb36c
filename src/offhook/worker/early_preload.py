"""The forkserver that `early.py` forks: imports the modules that every job needs, then becomes Python's forkserver.

This module keeps no value of an environment variable, because the agent's file may change the environment before
LiveKit starts its first process.
"""

import contextlib
import gc
import importlib
import json
import os
import socket
import sys
import traceback
from collections.abc import Sequence
from multiprocessing import forkserver
from typing import Any, NoReturn

from offhook.worker.signals import ignore_signals

if sys.platform != "win32":
    import fcntl

__all__ = ["TAKEN", "run_forkserver"]

TAKEN = b"\n"
"""The answer with which the forked process confirms that it has received the command."""

_LOCAL_MODELS = "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE"
_WARM_UP = "livekit.agents.ipc._preload"
"""The second-last module of LiveKit's preload list. offhook imports this module early, without the local models. Later,
offhook reloads the module, which then loads the models that are needed.
"""
_MOST = 16
"""The maximum number of file descriptors to receive. Python passes two or three descriptors to a forkserver."""


def run_forkserver(connection: socket.socket) -> NoReturn:
    """Run in the forked process until the main process and all jobs have ended. Garbage collection is off until the
    command arrives.
    """
    code = 1
    try:
        ignore_signals()
        _early()
        _become_forkserver(connection)
        code = 0
    except SystemExit:  # Python's forkserver ends with this exception
        code = 0
    except BaseException:  # noqa: BLE001  # this process must never continue as the main process
        traceback.print_exc()
    finally:
        os._exit(code)


def _import(name: str) -> None:
    with contextlib.suppress(Exception):  # a process that needs this module imports it again and reports the error
        importlib.import_module(name)


def _early() -> None:
    """Import the modules that do not depend on the agent's file."""
    chosen = os.environ.get(_LOCAL_MODELS)
    os.environ[_LOCAL_MODELS] = "0"  # it is not yet known which models are needed
    _import(_WARM_UP)
    if chosen is None:
        del os.environ[_LOCAL_MODELS]
    else:
        os.environ[_LOCAL_MODELS] = chosen
    _import("offhook.worker.preload")
    with contextlib.suppress(Exception):  # the main process reports errors in the settings
        from offhook.models.preload import preload_names  # noqa: PLC0415  # after the warm-up
        from offhook.settings import load_settings  # noqa: PLC0415

        for name in preload_names(load_settings()):
            _import(name)


def _become_forkserver(connection: socket.socket) -> None:
    """Wait for the command that starts Python's forkserver, and run this command.

    The environment variables and the module search path arrive together with the command.
    """
    first, received, _, _ = socket.recv_fds(connection, 1, _MOST)
    if not first:  # the main process has ended
        return
    with connection:
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        message = json.loads(b"".join(parts))
        connection.sendall(TAKEN)
    os.environ.clear()
    os.environ.update(message["environ"])
    sys.path[:] = message["modules"]
    gc.enable()  # the last module of LiveKit's preload list collects garbage and freezes all objects
    if not _renumber(received, message["descriptors"]):
        os.execv(message["path"], message["args"])  # noqa: S606  # as Python does; this closes the other descriptors
    setattr(forkserver, "main", _import_first)  # noqa: B010  # mypy refuses to assign to a function
    exec(message["args"][-1], {})  # noqa: S102  # the command that Python would run in a new program


def _renumber(received: Sequence[int], wanted: Sequence[int]) -> bool:
    """Give the received file descriptors the numbers in `wanted`, which the command uses.

    Return False if this process already used one of these numbers.
    """
    moved = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, max(wanted) + 1) for one in received]
    for one in received:
        os.close(one)
    free = not any(_open(number) for number in wanted)
    for one, number in zip(moved, wanted, strict=True):
        os.dup2(one, number)
        os.close(one)
    return free


def _open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


_MAIN = forkserver.main


def _import_first(listener: int, alive: int, modules: Sequence[str], *args: Any, **options: Any) -> None:
    """Import the modules of LiveKit's preload list, then run Python's forkserver.

    If Python's forkserver imported these modules itself, an error in one module would end the forkserver.
    """
    for name in modules:
        if name == _WARM_UP and name in sys.modules:
            if os.environ.get(_LOCAL_MODELS) != "0":
                importlib.reload(sys.modules[name])
        else:
            _import(name)
    _MAIN(listener, alive, [], *args, **options)
