"""Provides stand-in API keys for provider plugins in a simulated call, which sends no request to a real provider."""

import inspect
import os
import pkgutil
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from unittest import mock

from livekit import plugins

__all__ = ["stand_in_keys"]

_KEY = re.compile(r"^[A-Z][A-Z0-9_]*(_KEY|_KEY_ID|_TOKEN|_SECRET|_USER_ID|_REGION)$")
"""The names of environment variables that hold a key, or a value that belongs to a key.

Variables for addresses and versions get no stand-in value, because these variables change what the plugin does.
"""
_API_KEY = "_API_KEY"
_PLUGINS = "livekit.plugins."
_DEPTH = 12
"""The maximum number of stack frames in which `_plugin_of` looks for a plugin.

One frame is not enough, because some plugins let the provider's own package read the key.
"""
_VALUE = "simulated"
_READERS = ("os", "_collections_abc", "collections.abc")


@contextmanager
def stand_in_keys(provided: Callable[[str, str], object] = lambda _plugin, _name: None) -> Iterator[None]:
    """Inside the block, provider plugins get a stand-in value for each API key that is not set.

    The agent file's own code gets values for the keys of installed plugins, and for keys that the code reads with
    `os.environ["ACME_API_KEY"]`, which raises without a value. Each time a plugin's key gets a stand-in value,
    `provided` is called with the names of the plugin and of the key.
    """
    kind: Any = type(os.environ)
    read = kind.__getitem__

    def stand_in(name: object) -> str | None:
        reader = _reader()
        found = _stand_in(name, reader)
        if found is not None and (plugin := _plugin_of(reader) or _provider_of(str(name))):
            provided(plugin, str(name))
        return found

    def find(self: Any, name: str) -> Any:
        try:
            value = read(self, name)
        except KeyError:
            instead = stand_in(name)
            if instead is None:
                raise
            return instead
        return value or stand_in(name) or value  # an empty variable counts as not set

    with mock.patch.object(kind, "__getitem__", find):
        yield


def _reader() -> FrameType | None:
    """Return the frame of the code that reads the environment: three frames above this function."""
    frame = inspect.currentframe()
    for _ in range(3):
        frame = frame.f_back if frame is not None else None
    return frame


def _stand_in(name: object, reader: FrameType | None) -> str | None:
    if not isinstance(name, str) or name.startswith("LIVEKIT_") or not _KEY.match(name):
        return None
    if _plugin_of(reader) or _provider_of(name):
        return _VALUE
    direct = (
        reader is not None and reader.f_globals.get("__name__") not in _READERS
    )  # the code uses `os.environ[name]`, which fails without a value
    return _VALUE if direct and name.endswith(_API_KEY) else None


def _provider_of(name: str) -> str:
    """Return the name of the first installed plugin whose name starts with the first word of this key: for
    ELEVEN_API_KEY, "elevenlabs". Return "" if there is no such plugin, or if the word has fewer than three characters.
    """
    begin = name.partition("_")[0].lower()
    found = (one.name for one in pkgutil.iter_modules(plugins.__path__) if one.name.startswith(begin))
    return next(found, "") if len(begin) > 2 else ""


def _plugin_of(reader: FrameType | None) -> str:
    """Return the name of the plugin that reads the environment, such as `deepgram`; "" if no plugin does."""
    frame = reader
    for _ in range(_DEPTH):
        if frame is None:
            return ""
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(_PLUGINS):
            return module.removeprefix(_PLUGINS).partition(".")[0]
        frame = frame.f_back
    return ""
