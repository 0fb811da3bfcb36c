"""`offhook dev`: an agent file on this machine, with a server of its own if none is configured."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from offhook.cli.server import end_like_ctrl_c

__all__ = ["dev"]

STATE = Path(".offhook/livekit.env")  # beside the journal; `make call` reads it


def dev(
    agent_file: Annotated[Path, typer.Argument(metavar="AGENT_FILE", help="A file with a module-level `server`.")],
    *,
    log_level: Annotated[Literal["TRACE", "DEBUG", "INFO"], typer.Option(case_sensitive=False)] = "INFO",
) -> None:
    """Run an agent file here; edits count from the next call on, and Ctrl-C ends everything."""
    import os

    from offhook.dev.parent import run_dev
    from offhook.settings import load_env_files, load_settings

    settings = load_settings()
    load_env_files(Path.cwd())
    end_like_ctrl_c()
    code = run_dev(
        agent_file,
        environ=dict(os.environ),
        say=_say,
        binary=settings.livekit_server,
        cache=settings.cache,
        state=STATE,
        log_level=log_level,
    )
    raise typer.Exit(code)


def _say(line: str) -> None:
    print(f"offhook: {line}\n", end="", flush=True)  # one write, so that the worker's lines stay whole
