"""Finds the address, the API key and the secret of the LiveKit server. They are in the settings, or in the state file
of the server that `dev` runs in this folder.
"""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offhook.control.api import Api

__all__ = ["access", "open_api"]


def access() -> tuple[str | None, str, str]:
    """Return the server's address, API key and secret. A value that is not set is None or an empty string."""
    from dotenv import dotenv_values  # imported here, so that other commands start faster

    from offhook.cli.dev import STATE
    from offhook.settings import load_settings

    settings = load_settings()
    secret = settings.livekit_api_secret.get_secret_value() if settings.livekit_api_secret else ""
    if settings.livekit_url or settings.livekit_api_key or secret or not STATE.is_file():
        return settings.livekit_url, settings.livekit_api_key or "", secret
    local = {name: value or "" for name, value in dotenv_values(STATE).items()}
    return local.get("LIVEKIT_URL"), local.get("LIVEKIT_API_KEY", ""), local.get("LIVEKIT_API_SECRET", "")


def open_api() -> "AbstractAsyncContextManager[Api]":
    """Open the API of the server that `access` finds."""
    from offhook.control.api import connect  # livekit.api is slow to import

    url, key, secret = access()
    return connect(url=url, key=key, secret=secret)
