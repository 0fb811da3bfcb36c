"""`offhook mcp`: an MCP server, with which an AI agent reads and changes running calls."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from offhook.core.errors import SettingsError

if TYPE_CHECKING:
    from offhook.settings import Settings

__all__ = ["mcp"]

_ROLE = "The highest role of the AI agent. Default: viewer; with keys, the role of the key."
_BY = "The name of the agent in the journals of the calls; with keys, the name of the key is used."
_HTTP = "Serve streamable HTTP at HOST:PORT instead of standard input and output."
_HOST = "A further host name under which clients reach this server, for example a proxy's. Can be repeated."


def mcp(
    role: Annotated[Literal["viewer", "operator", "supervisor"] | None, typer.Option(help=_ROLE)] = None,
    by: Annotated[str | None, typer.Option(help=_BY)] = None,
    http: Annotated[str | None, typer.Option(metavar="HOST:PORT", help=_HTTP)] = None,
    allow_host: Annotated[list[str] | None, typer.Option(metavar="NAME", help=_HOST)] = None,
) -> None:
    """Let an AI agent read running calls through the Model Context Protocol. With --role, it may also change them."""
    import asyncio  # slow to import; `offhook --help` does not need it
    import logging
    from contextlib import suppress

    from offhook import __version__
    from offhook.cli.access import access
    from offhook.settings import load_settings

    _check_extra()
    settings = load_settings()
    _check_options(settings, by, http, allow_host)
    logging.basicConfig(stream=sys.stderr, level=settings.log_level)
    logging.getLogger("mcp").setLevel("WARNING")  # at DEBUG, the SDK logs complete messages, with the words of calls
    from offhook.mcp_server.run import run_http, run_stdio  # the MCP SDK is slow to import

    livekit = dict(zip(("url", "key", "secret"), access(), strict=True))
    name = by or "mcp"
    if http is None:
        _let_ctrl_c_end_the_process()
        serving = run_stdio(livekit, role=role or "viewer", by=name, version=__version__)
        if sys.stdin.isatty():
            _say("an MCP client starts this command and talks to it on standard input; Ctrl-D ends it")
    else:
        keys = settings.own_api_keys
        serving = run_http(
            livekit, http, keys=keys, role=role, by=name, hosts=allow_host or [], version=__version__, at_ready=_ready
        )
    with suppress(KeyboardInterrupt):  # users end the server with Ctrl-C
        asyncio.run(serving)


def _check_extra() -> None:
    """If the MCP SDK (the package `mcp`) is missing or too old, raise an error that says how to install the package."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("mcp")
    except PackageNotFoundError:
        found = ""
    if not found or int(found.partition(".")[0]) < 2:
        state = f"this environment has mcp {found}" if found else "it is not installed"
        raise SettingsError(f"`offhook mcp` needs the package mcp, and {state}; run: pip install 'offhook[mcp]'")


def _check_options(settings: "Settings", by: str | None, http: str | None, hosts: Any) -> None:
    if http is None and hosts:
        raise SettingsError("--allow-host belongs to --http HOST:PORT; standard input and output have no host")
    if by is not None and http is not None and settings.own_api_keys:
        raise SettingsError("with OFFHOOK_API_KEYS, the name of the key is recorded; leave out --by")


def _let_ctrl_c_end_the_process() -> None:
    """Let Ctrl-C end the process at once. Without this function, the process would wait for the thread that reads
    standard input.
    """
    import signal

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _ready(address: str) -> None:
    _say(f"MCP at {address}. Ctrl-C ends it.")


def _say(line: str) -> None:
    print(f"offhook: {line}", file=sys.stderr, flush=True)
