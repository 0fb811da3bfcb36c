"""Serves the page on the loopback address, in a thread with its own event loop."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from aiohttp import web

from offhook.core.errors import ServerError
from offhook.dev.page.app import application
from offhook.dev.page.config import PageConfig
from offhook.dev.worker_status import WorkerStatus

__all__ = ["talk_page"]

LOOPBACK: Final = "127.0.0.1"
TIMEOUT: Final = 5.0


@contextmanager
def talk_page(
    config: PageConfig, status: WorkerStatus, *, livekit_client: Path, port: int, say: Callable[[str], None]
) -> Iterator[str]:
    """Serve the page while the block runs and yield its address. If the port is in use, use and report a free port."""
    listening = _listen(port, say)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="talk page", daemon=True)
    thread.start()
    try:
        app = application(config, status, livekit_client=livekit_client)
        runner = asyncio.run_coroutine_threadsafe(_open(app, listening), loop).result(TIMEOUT)
        try:
            yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(TIMEOUT)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(TIMEOUT)
        loop.close()
        listening.close()


async def _open(app: web.Application, listening: socket.socket) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return runner


def _listen(port: int, say: Callable[[str], None]) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ServerError(f"port {port} does not exist; choose a port from 1 to 65535, or 0 for a free port")
    try:
        return _bound(port)
    except PermissionError as error:
        raise ServerError(f"no permission for port {port} ({error.strerror}); choose a port above 1023") from error
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
