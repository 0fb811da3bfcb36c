"""`offhook init`: creates a project with an agent, its tests, a Makefile and a Dockerfile."""

import shlex
from pathlib import Path
from typing import Annotated, Final

import typer

from offhook.core.errors import OffhookError

__all__ = ["init"]

MAX_NAMES: Final = 5
"""An error message names at most this many existing files."""


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A new or empty folder; its name becomes the project's name.")
    ],
) -> None:
    """Create a project: an agent, its tests, a Makefile, a Dockerfile. An existing file is never overwritten."""
    from offhook.cli.install_source import install_source, running  # imported here, so that other commands start faster
    from offhook.cli.project import FILES, Project  # imported here, so that other commands start faster
    from offhook.dev.binary import VERSION  # imported here, so that other commands start faster

    name = _name(folder)
    _check_empty(folder)
    installed = running()
    livekit = next(one for one in installed.requires or () if one.startswith("livekit-agents"))
    project = Project(name, offhook=install_source(installed), livekit=livekit, server=VERSION)
    try:
        project.write(folder)
    except OSError as error:
        raise OffhookError(f"{folder} cannot be written ({error.strerror}); choose another folder") from None
    print(f"{folder}: {', '.join(FILES)}\n\n{_next_steps(folder)}")


def _name(folder: Path) -> str:
    """Return the folder's name as the project's name. If the name is not valid, return a similar, valid name for an
    existing folder, and raise `OffhookError` for a new folder.
    """
    from offhook.cli.project import name_error, suggest_name  # imported here, so that other commands start faster

    name = folder.resolve().name
    error = name_error(name)
    if error is None:
        return name
    if folder.is_dir():
        return suggest_name(name)
    better = folder.parent / suggest_name(name)
    raise OffhookError(f"{name!r} cannot be the project's name ({error}); try: offhook init {shlex.quote(str(better))}")


def _check_empty(folder: Path) -> None:
    if folder.is_symlink() or folder.exists():
        if not folder.is_dir():
            raise OffhookError(f"{folder} is not a folder; name another one")
        try:
            found = sorted({path.name for path in folder.iterdir()} - {".git"})
        except OSError as error:
            raise OffhookError(f"{folder} cannot be read ({error.strerror}); name another folder") from None
        if found:
            more = f" and {len(found) - MAX_NAMES} more" if len(found) > MAX_NAMES else ""
            names = ", ".join(found[:MAX_NAMES])
            raise OffhookError(f"{folder} is not empty: it has {names}{more}; name a new or an empty folder")


def _next_steps(folder: Path) -> str:
    go = [] if folder.resolve() == Path.cwd() else [f"  cd {shlex.quote(str(folder))}"]
    steps = [
        "  make run     talk to the agent here, without keys; the first run sets up .venv",
        "  make call    in another terminal: call the agent with a recorded voice",
        "  make test    run the tests: whole calls, no server",
    ]
    return "\n".join(
        ["Next:", *go, *steps, "Then edit agent.py, and put your keys into .env.local (see .env.example)."]
    )
