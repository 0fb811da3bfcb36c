"""The address and keys of a worker's LiveKit server: from the settings, or from the arguments of `AgentServer`."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from offhook.settings import Settings

__all__ = ["on_cloud", "with_address"]

_CLOUD = ".livekit.cloud"


def with_address(settings: Settings, options: Mapping[str, Any]) -> Settings:
    """Return a copy of the settings with the `ws_url`, `api_key` and `api_secret` that `options` contains."""
    url, key, secret = (_text(options.get(name)) for name in ("ws_url", "api_key", "api_secret"))
    given = {
        "livekit_url": url,
        "livekit_api_key": key,
        "livekit_api_secret": SecretStr(secret) if secret else None,
    }
    return settings.model_copy(update={name: value for name, value in given.items() if value})


def on_cloud(settings: Settings) -> bool:
    """True if the server is LiveKit Cloud."""
    return (urlsplit(settings.livekit_url or "").hostname or "").endswith(_CLOUD)


def _text(value: object) -> str:
    """Return the value if it is a string; otherwise "", for example for LiveKit's `NOT_GIVEN`."""
    return value if isinstance(value, str) else ""
