"""Runs in a forkserver that started before the worker: imports what every worker needs, then LiveKit's list.

`offhook.worker.early` starts this forkserver. Nothing here keeps a value of the environment, because the agent's file
may change the environment before LiveKit starts its first process.
"""

import contextlib
import gc
import importlib
import json
import os
import socket
import sys

from offhook.worker.early import ADDRESS
from offhook.worker.signals import ignore_signals

__all__: list[str] = []

_LOCAL_MODELS = "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE"
_WARM_UP = "livekit.agents.ipc._preload"
"""The second last module of LiveKit's list. It can run twice; the second run only loads the models."""


def _import(name: str) -> None:
    with contextlib.suppress(Exception):  # the process that uses the module reports its error
        importlib.import_module(name)


def _early() -> None:
    """Import what does not depend on the agent's file."""
    chosen = os.environ.get(_LOCAL_MODELS)
    os.environ[_LOCAL_MODELS] = "0"  # which models are needed is not yet known
    _import(_WARM_UP)
    if chosen is None:
        del os.environ[_LOCAL_MODELS]
    else:
        os.environ[_LOCAL_MODELS] = chosen
    _import("offhook.worker.preload")
    with contextlib.suppress(Exception):  # the main process reports errors of the settings
        from offhook.models.preload import preload_names  # noqa: PLC0415  # after the warm-up
        from offhook.settings import load_settings  # noqa: PLC0415

        for name in preload_names(load_settings()):
            _import(name)


def _connected(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(address)
    except OSError:  # the main process ended before
        sys.exit()
    return connection


def _take_list(connection: socket.socket) -> None:
    """Wait for LiveKit's list, the environment and the module path, and import the list. Exit if none comes."""
    with connection:
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    if not parts:  # the main process ended before
        sys.exit()
    message = json.loads(b"".join(parts))
    os.environ.clear()
    os.environ.update(message["environ"])
    sys.path[:] = message["path"]
    gc.enable()
    for name in message["modules"]:
        if name == _WARM_UP and name in sys.modules:
            importlib.reload(sys.modules[name])
        else:
            _import(name)


if ADDRESS in os.environ:  # otherwise another program imports this module
    ignore_signals()
    gc.disable()  # imports make almost no garbage; LiveKit's last module collects and freezes everything
    _connection = _connected(os.environ.pop(ADDRESS))
    _early()
    _take_list(_connection)
