"""Serve the page beside the worker: a thread of its own with a loop of its own, on the loopback address only."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from offhook.core.errors import ServerError
from offhook.dev.news import News
from offhook.dev.page.desk import application
from offhook.dev.page.premises import Premises

__all__ = ["talk_page"]

LOOPBACK: Final = "127.0.0.1"
PATIENCE: Final = 5.0


@contextmanager
def talk_page(
    premises: Premises, news: News, *, livekit_client: Path, port: int, say: Callable[[str], None]
) -> Iterator[str]:
    """Serve the page while the block lasts; gives its address. A port that is taken is replaced, and that is said."""
    listening = _listen(port, say)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="talk page", daemon=True)
    thread.start()
    try:
        app = application(premises, news, livekit_client=livekit_client)
        runner = asyncio.run_coroutine_threadsafe(_open(app, listening), loop).result(PATIENCE)
        try:
            yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(PATIENCE)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()
        listening.close()


async def _open(app: web.Application, listening: socket.socket) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return runner


def _listen(port: int, say: Callable[[str], None]) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ServerError(f"port {port} does not exist; ask for one from 1 to 65535, or 0 for a free one")
    try:
        return _bound(port)
    except PermissionError as error:
        raise ServerError(f"port {port} may not be used ({error.strerror}); ask for one above 1023") from error
    except OSError:
        free = _bound(0)
        say(f"port {port} is taken by another program; the talk page uses {free.getsockname()[1]}")
        return free


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        listening.bind((LOOPBACK, port))
        listening.listen(16)
    except OSError:
        listening.close()
        raise
    return listening
