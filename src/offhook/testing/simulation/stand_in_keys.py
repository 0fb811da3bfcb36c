"""Provides keys for provider plugins in a simulated call, in which no model sends a request."""

import inspect
import os
import pkgutil
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from unittest import mock

from livekit import plugins

__all__ = ["stand_in_keys"]

_KEY = re.compile(r"^[A-Z][A-Z0-9_]*(_KEY|_KEY_ID|_TOKEN|_SECRET|_USER_ID|_REGION)$")
"""Names of keys and what belongs to them. Addresses and versions are not provided: they change what a plugin does."""
_API_KEY = "_API_KEY"
_PLUGINS = "livekit.plugins."
_DEPTH = 12
"""How many callers are looked at: some plugins read the key in their provider's own package."""
_VALUE = "simulated"
_READERS = ("os", "_collections_abc", "collections.abc")


@contextmanager
def stand_in_keys() -> Iterator[None]:
    """Inside the block, a provider plugin finds a value for each key that is not set.

    The agent file's own code finds the keys of installed plugins, and those without which it would fail:
    `os.environ["ACME_API_KEY"]`.
    """
    kind: Any = type(os.environ)
    read = kind.__getitem__

    def find(self: Any, name: str) -> Any:
        try:
            value = read(self, name)
        except KeyError:
            stand_in = _stand_in(name, _reader())
            if stand_in is None:
                raise
            return stand_in
        return value or _stand_in(name, _reader()) or value  # an empty key is no key

    with mock.patch.object(kind, "__getitem__", find):
        yield


def _reader() -> FrameType | None:
    """Return the code that reads the environment: two frames before this one."""
    here = inspect.currentframe()
    return here.f_back.f_back if here is not None and here.f_back is not None else None


def _stand_in(name: object, reader: FrameType | None) -> str | None:
    if not isinstance(name, str) or name.startswith("LIVEKIT_") or not _KEY.match(name):
        return None
    if _of_plugin(reader) or _of_provider(name):
        return _VALUE
    direct = (
        reader is not None and reader.f_globals.get("__name__") not in _READERS
    )  # `os.environ[name]`, not `get` or `in`
    return _VALUE if direct and name.endswith(_API_KEY) else None


def _of_provider(name: str) -> bool:
    """Return True if the name begins like the name of an installed plugin: ELEVEN_API_KEY, with elevenlabs."""
    begin = name.partition("_")[0].lower()
    return len(begin) > 2 and any(one.name.startswith(begin) for one in pkgutil.iter_modules(plugins.__path__))


def _of_plugin(reader: FrameType | None) -> bool:
    frame = reader
    for _ in range(_DEPTH):
        if frame is None:
            return False
        if str(frame.f_globals.get("__name__", "")).startswith(_PLUGINS):
            return True
        frame = frame.f_back
    return False
