"""`offhook init`: a folder with an agent of one's own, its tests and all that runs them."""

import shlex
from pathlib import Path
from typing import Annotated, Final

import typer

from offhook.core.errors import OffhookError

__all__ = ["init"]

NAMED: Final = 5
"""So many files that are in the way are named."""


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder; its name is the project's.")],
) -> None:
    """Make a project: an agent, its tests, Makefile, Dockerfile. It never overwrites a file."""
    from offhook.cli.origin import origin, running  # a command loads what it uses, when it runs
    from offhook.cli.project import FILES, Project  # a command loads what it uses, when it runs
    from offhook.dev.binary import VERSION  # a command loads what it uses, when it runs

    name = _name(folder)
    _refuse_what_is_in_the_way(folder)
    installed = running()
    livekit = next(one for one in installed.requires or () if one.startswith("livekit-agents"))
    project = Project(name, offhook=origin(installed), livekit=livekit, server=VERSION)
    try:
        project.write(folder)
    except OSError as error:
        raise OffhookError(f"{folder} cannot be written ({error.strerror}); name a folder that can") from None
    print(f"{folder}: {', '.join(FILES)}\n\n{_next_steps(folder)}")


def _name(folder: Path) -> str:
    """The project's name; a folder that is there already need not be called as its project can be."""
    from offhook.cli.project import likely_name, wrong_with  # a command loads what it uses, when it runs

    wanted = folder.resolve().name
    wrong = wrong_with(wanted)
    if wrong is None:
        return wanted
    if folder.is_dir():
        return likely_name(wanted)
    better = folder.parent / likely_name(wanted)
    raise OffhookError(
        f"{wanted!r} cannot be the project's name ({wrong}); try: offhook init {shlex.quote(str(better))}"
    )


def _refuse_what_is_in_the_way(folder: Path) -> None:
    if folder.is_symlink() or folder.exists():
        if not folder.is_dir():
            raise OffhookError(f"{folder} is not a folder; name another one")
        try:
            found = sorted({path.name for path in folder.iterdir()} - {".git"})
        except OSError as error:
            raise OffhookError(f"{folder} cannot be read ({error.strerror}); name another folder") from None
        if found:
            more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
            names = ", ".join(found[:NAMED])
            raise OffhookError(f"{folder} is not empty: it has {names}{more}; name a new or an empty folder")


def _next_steps(folder: Path) -> str:
    go = [] if folder.resolve() == Path.cwd() else [f"  cd {shlex.quote(str(folder))}"]
    steps = [
        "  make run     talk to it here, without keys; the first time sets up .venv",
        "  make call    in another terminal: a recorded voice calls it",
        "  make test    its tests: whole calls, no server",
    ]
    return "\n".join(
        ["Next:", *go, *steps, "Then edit agent.py, and put your keys into .env.local (see .env.example)."]
    )
