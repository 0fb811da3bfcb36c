"""What keeps a worker from starting, told in one line and with exit code 1: no traceback, and no sixteen tries."""

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

__all__ = ["check_server", "end_program", "failures_told", "tell_in_one_line"]

log = logging.getLogger("offhook")

_CHECK = 5.0
_GIVEN_UP = "failed to connect to livekit"


def tell_in_one_line() -> None:
    """Have an error of ours that ends the program printed as what it says, for it says what to do."""
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
    """Tell a wrong key at once: LiveKit would try it sixteen times and then exit with 0."""
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
            log.warning("the LiveKit server answers strangely; trying on", extra={"code": error.code})
            return
        text = "the LiveKit server refuses the key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
        raise SettingsError(f"{text} for {settings.livekit_url}") from None
    except (aiohttp.ClientError, TimeoutError, OSError):
        log.warning("no LiveKit server answers at LIVEKIT_URL; trying on", extra={"url": settings.livekit_url})


@contextmanager
def failures_told() -> Iterator[None]:
    """Tell a taken port and a server that stays away; LiveKit would log a traceback and exit with 0."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        text = "another program, maybe another worker, has the port of this worker's health check"
        advice = "stop that one, or give this one a free port with serve(plan, port=0)"
        raise SettingsError(f"{text} ({error.strerror}); {advice}") from None
    except RuntimeError as error:
        if not str(error).startswith(_GIVEN_UP):
            raise
        raise SettingsError(f"{error}; check LIVEKIT_URL, and whether the LiveKit server runs there") from None


async def end_program(error: OffhookError) -> NoReturn:
    """End with exit code 1 and the error's line.

    As a callback of the loop, which lets it through; raised in LiveKit's task it would be logged as never retrieved.
    """
    loop = asyncio.get_running_loop()
    loop.call_soon(sys.exit, f"offhook: {error}")
    await loop.create_future()
    raise error
