"""`offhook server`: runs a livekit-server on this machine, until you stop the command."""

import signal
from types import FrameType
from typing import Annotated, NoReturn

import typer

__all__ = ["server"]


def server(
    *,
    port: Annotated[int | None, typer.Option(help="TCP port; default: 7880, or a free port.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of NAME=value lines.")] = False,
    fetch_only: Annotated[bool, typer.Option("--fetch-only", help="Only fetch the program if it is missing.")] = False,
) -> None:
    """Run a local livekit-server and print the three LIVEKIT_* variables to connect to it."""
    import json
    import os

    from offhook.dev.binary import find_or_fetch
    from offhook.dev.server import local_server
    from offhook.settings import load_settings

    settings = load_settings()
    end_like_ctrl_c()
    binary = find_or_fetch(
        settings.livekit_server, environ=dict(os.environ), cache=settings.cache, progress=on_standard_error
    )
    if fetch_only:
        print(binary)
        return
    try:
        with local_server(binary, port=port, progress=on_standard_error) as running:
            variables = running.variables()
            lines = [json.dumps(variables)] if as_json else [f"{name}={value}" for name, value in variables.items()]
            print("\n".join(lines), flush=True)
            running.outlive()
    except KeyboardInterrupt:
        return


def on_standard_error(line: str) -> None:
    """Print a progress line on standard error, because other programs read the variables from standard output."""
    typer.echo(line, err=True)


def end_like_ctrl_c() -> None:
    """Let SIGTERM and SIGHUP (terminal closed) raise `KeyboardInterrupt` like Ctrl-C, so that the cleanup runs."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
