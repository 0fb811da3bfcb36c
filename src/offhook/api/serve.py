"""Serves the HTTP API until a signal arrives."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from typing import Final

from aiohttp import web

from offhook.api.access import loopback
from offhook.api.app import OpenClient, application
from offhook.core.commands.keys import CommandKey
from offhook.core.errors import ServerError

__all__ = ["serve"]

STOPS: Final = (signal.SIGINT, signal.SIGTERM)
SHUTDOWN_TIMEOUT: Final = 3.0
"""Maximum seconds that running requests may still take after the signal to stop."""


async def serve(
    client: OpenClient,
    *,
    keys: Sequence[CommandKey],
    host: str,
    port: int,
    at_ready: Callable[[str], None],
) -> None:
    """Serve the API at this address until SIGINT or SIGTERM arrives. Call this function in the main thread, because
    only the main thread can handle signals.

    Raises `ServerError` if the address cannot be used, or if no API keys are set and other machines could reach the
    address.
    """
    if not keys and not loopback(host):
        raise ServerError(f"no keys are set, so {host!r} is refused; set OFFHOOK_API_KEYS, or use --host 127.0.0.1")
    if not 0 <= port <= 65535:
        raise ServerError(f"port {port} does not exist; choose a port from 1 to 65535, or 0 for a free port")
    runner = web.AppRunner(application(client, keys=keys), access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
    await runner.setup()
    try:
        await _listen(runner, host, port)
        at_ready(_address(runner, host))
        await _until_stopped()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except PermissionError as error:
        raise ServerError(f"no permission for port {port}; choose a port above 1023") from error
    except OSError as error:
        text = f"{host}:{port} cannot be used ({error.strerror or error}); choose another --host or --port"
        raise ServerError(text) from error


def _address(runner: web.AppRunner, host: str) -> str:
    port = runner.addresses[0][1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _until_stopped() -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in STOPS:
        loop.add_signal_handler(number, stopped.set)
    try:
        await stopped.wait()
    finally:
        for number in STOPS:
            loop.remove_signal_handler(number)
