"""`offhook dev`: an agent file on this machine, with a server of its own if none is configured."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from offhook.cli.server import end_like_ctrl_c

if TYPE_CHECKING:
    from offhook.settings import Settings

__all__ = ["dev"]

STATE = Path(".offhook/livekit.env")  # beside the journal; `make call` reads it
PAGE_PORT = 7890


def dev(
    agent_file: Annotated[Path, typer.Argument(metavar="AGENT_FILE", help="A file with a module-level `server`.")],
    *,
    page: Annotated[bool, typer.Option("--page/--no-page", help="Serve a web page to talk to the agent.")] = True,
    page_port: Annotated[int | None, typer.Option(help="The page's port; without it 7890, or a free one.")] = None,
    open_page: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the page in a browser; else only where one sits.")
    ] = None,
    log_level: Annotated[Literal["TRACE", "DEBUG", "INFO"], typer.Option(case_sensitive=False)] = "INFO",
) -> None:
    """Run an agent file here; edits count from the next call on, and Ctrl-C ends everything."""
    import os

    from offhook.dev.parent import PageWish, run_dev
    from offhook.settings import load_env_files, load_settings

    settings = load_settings()
    load_env_files(Path.cwd())
    end_like_ctrl_c()
    environ = dict(os.environ)
    wish = PageWish(
        PAGE_PORT if page_port is None else page_port,
        journal=settings.journal,
        models=_models(settings),
        at_ready=lambda address: _open(address, open_page, environ),
    )
    code = run_dev(
        agent_file,
        environ=environ,
        say=_say,
        binary=settings.livekit_server,
        cache=settings.cache,
        state=STATE,
        page=wish if page else None,
        log_level=log_level,
    )
    raise typer.Exit(code)


def _models(settings: "Settings") -> str:
    """Which models are in use and, on lines of their own, what a key would change."""
    from offhook.choices import choices, tell
    from offhook.core.errors import SettingsError

    try:
        chosen = choices(settings)
    except SettingsError as error:  # the agent may bring its own; the worker says what is wrong when it does not
        return str(error)
    in_use, _, _why = tell(chosen).partition(" because ")
    sentences = [in_use if chosen.notes else tell(chosen), *chosen.notes]  # the notes say the same, and what to do
    return "\n".join(f"{sentence[:1].upper()}{sentence[1:]}".rstrip(".") + "." for sentence in sentences)


def _open(address: str, asked: bool | None, environ: Mapping[str, str]) -> None:
    """Open the page for a person who sits there."""
    import sys
    import webbrowser

    from offhook.dev.page.browser import wanted

    if wanted(asked, environ, at_terminal=sys.stdout.isatty()) and not webbrowser.open(address):
        _say(f"there is no browser to open; open {address} yourself")


def _say(line: str) -> None:
    print(f"offhook: {line}\n", end="", flush=True)  # one write, so that the worker's lines stay whole
