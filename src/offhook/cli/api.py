"""`offhook api`: serves the HTTP API of running calls."""

from typing import Annotated

import typer

__all__ = ["api"]

_HOST = "The address to listen on. Without OFFHOOK_API_KEYS, this must be a loopback address."


def api(
    *,
    host: Annotated[str, typer.Option(help=_HOST)] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0: a free port.")] = 7895,
) -> None:
    """Serve an HTTP API that reads and changes running calls on all workers. Ctrl-C ends the command."""
    import asyncio  # slow to import; `offhook --help` does not need it
    from functools import partial

    from offhook.api.serve import serve  # the web server is slow to import
    from offhook.cli.access import access
    from offhook.control.client import Client
    from offhook.settings import load_settings

    url, key, secret = access()
    keys = load_settings().own_api_keys

    def ready(address: str) -> None:
        who = f"keys: {', '.join(one.name for one in keys)}" if keys else "no keys: only for this machine"
        print(f"offhook: the HTTP API is at {address}/v1/calls ({who}). Ctrl-C ends it.", flush=True)

    client = partial(Client, url=url, key=key, secret=secret)
    asyncio.run(serve(client, keys=keys, host=host, port=port, at_ready=ready))
