"""Reports an error at startup in one line without a traceback, and exits with code 1.

A refused API key is reported before LiveKit's sixteen attempts to connect.
"""

import asyncio
import errno
import http
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import NoReturn

import aiohttp
from livekit.api import ServerError, ServerErrorCode

from offhook.control.api import connect
from offhook.core.errors import OffhookError, SettingsError
from offhook.settings import Settings

__all__ = ["check_server", "exit_with", "install_excepthook", "translate_failures"]

log = logging.getLogger("offhook")

_CHECK = 5.0
_GIVEN_UP = "failed to connect to livekit"


def install_excepthook() -> None:
    """Print only the text of an `OffhookError` that ends the program, because the text already says what to do."""
    if sys.excepthook is not _hook:
        _before.append(sys.excepthook)
        sys.excepthook = _hook


_before = [sys.__excepthook__]


def _hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, OffhookError):
        sys.stderr.write(f"offhook: {error}\n")
    else:
        _before[-1](kind, error, trace)


async def check_server(settings: Settings) -> None:
    """Raise `SettingsError` if the server refuses the API key. Without this check, LiveKit would try the key sixteen
    times, and then exit with code 0.
    """
    secret = settings.livekit_api_secret
    try:
        async with (
            asyncio.timeout(_CHECK),
            connect(
                url=settings.livekit_url,
                key=settings.livekit_api_key,
                secret=secret.get_secret_value() if secret else None,
            ) as server,
        ):
            await server.list_rooms()
    except ServerError as error:
        if error.status != http.HTTPStatus.UNAUTHORIZED and error.code != ServerErrorCode.UNAUTHENTICATED:
            log.warning("the LiveKit server gives an unexpected answer; continuing", extra={"code": error.code})
            return
        text = "the LiveKit server refuses the key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
        raise SettingsError(f"{text} for {settings.livekit_url}") from None
    except (aiohttp.ClientError, TimeoutError, OSError):
        log.warning("no LiveKit server answers at LIVEKIT_URL; LiveKit will retry", extra={"url": settings.livekit_url})


@contextmanager
def translate_failures() -> Iterator[None]:
    """Raise `SettingsError` if a port is in use or the server is unreachable.

    Without this context manager, LiveKit would log a traceback and exit with code 0.
    """
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        text = "another program, maybe another worker, uses the port of this worker's health check"
        advice = "stop that program, or give this worker a free port with serve(plan, port=0)"
        raise SettingsError(f"{text} ({error.strerror}); {advice}") from None
    except RuntimeError as error:
        if not str(error).startswith(_GIVEN_UP):
            raise
        raise SettingsError(f"{error}; check LIVEKIT_URL, and that the LiveKit server runs there") from None


async def exit_with(error: OffhookError) -> NoReturn:
    """Print the error in one line and exit with code 1.

    A callback of the event loop calls `sys.exit`, and this `SystemExit` ends the program. If LiveKit's task, which runs
    this function, raised the exception itself, asyncio would also log the exception as never retrieved.
    """
    loop = asyncio.get_running_loop()
    loop.call_soon(sys.exit, f"offhook: {error}")
    await loop.create_future()
    raise error
