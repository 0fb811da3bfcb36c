"""`offhook dev`: runs an agent file on this machine, with a local server if none is configured."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from offhook.cli.browser import open_in_browser
from offhook.cli.server import end_like_ctrl_c

if TYPE_CHECKING:
    from offhook.settings import Settings

__all__ = ["dev"]

STATE = Path(".offhook/livekit.env")  # in the journal's default folder; `offhook call` reads this file
PAGE_PORT = 7890


def dev(
    agent_file: Annotated[Path, typer.Argument(metavar="AGENT_FILE", help="A file with a module-level `server`.")],
    *,
    page: Annotated[bool, typer.Option("--page/--no-page", help="Serve a web page to talk to the agent.")] = True,
    page_port: Annotated[int | None, typer.Option(help="The page's port; default: 7890, or a free port.")] = None,
    open_page: Annotated[
        bool | None,
        typer.Option(
            "--open/--no-open", help="Open the page in a browser; default: only if a user is at this terminal."
        ),
    ] = None,
    log_level: Annotated[Literal["TRACE", "DEBUG", "INFO"], typer.Option(case_sensitive=False)] = "INFO",
) -> None:
    """Run an agent file here. The next call uses edited code; Ctrl-C ends everything."""
    import os

    from offhook.dev.run import PageOptions, run_dev
    from offhook.settings import load_env_files, load_settings

    settings = load_settings()
    load_env_files(Path.cwd())
    end_like_ctrl_c()
    environ = dict(os.environ)
    options = PageOptions(
        PAGE_PORT if page_port is None else page_port,
        journal=settings.journal,
        models=_models(settings),
        at_ready=lambda address: open_in_browser(address, open_page, say=_say),
    )
    code = run_dev(
        agent_file,
        environ=environ,
        say=_say,
        binary=settings.livekit_server,
        cache=settings.cache,
        state=STATE,
        page=options if page else None,
        log_level=log_level,
    )
    raise typer.Exit(code)


def _models(settings: "Settings") -> str:
    """Return one line about the selected models, then one line for each note about the selection."""
    from offhook.core.errors import SettingsError
    from offhook.selection import select_models, summary

    try:
        chosen = select_models(settings)
    except SettingsError as error:  # the agent may have its own models; if not, the worker reports the error
        return str(error)
    in_use, _, _why = summary(chosen).partition(" because ")
    # If there are notes, they give the reason for the selection, and the summary's own reason is left out.
    sentences = [in_use if chosen.notes else summary(chosen), *chosen.notes]
    return "\n".join(f"{sentence[:1].upper()}{sentence[1:]}".rstrip(".") + "." for sentence in sentences)


def _say(line: str) -> None:
    print(f"offhook: {line}\n", end="", flush=True)  # one write, so that the worker's output cannot split the line
