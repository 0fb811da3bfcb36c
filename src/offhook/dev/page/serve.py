"""Serves the talk page on the loopback address, in a thread with its own event loop."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from offhook.dev.page.app import application
from offhook.dev.page.config import PageConfig
from offhook.dev.page.loopback import page_address, page_socket
from offhook.dev.page.site import open_site
from offhook.dev.worker_status import WorkerStatus

__all__ = ["talk_page"]

TIMEOUT: Final = 5.0


@contextmanager
def talk_page(
    config: PageConfig, status: WorkerStatus, *, livekit_client: Path, port: int, say: Callable[[str], None]
) -> Iterator[str]:
    """Serve the page while the block runs, and yield the page's address. If the port is in use, use and report a free
    port.
    """
    listening = page_socket(port, say=say)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="talk page", daemon=True)
    thread.start()
    try:
        app = application(config, status, livekit_client=livekit_client)
        runner = asyncio.run_coroutine_threadsafe(open_site(app, listening), loop).result(TIMEOUT)
        try:
            yield page_address(listening)
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(TIMEOUT)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(TIMEOUT)
        loop.close()
        listening.close()
