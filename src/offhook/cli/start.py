"""`offhook start`: an agent file in production, as LiveKit's own worker runs it."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from offhook.core.errors import SettingsError

__all__ = ["become_worker", "start"]


def start(
    context: typer.Context,
    agent_file: Annotated[Path, typer.Argument(metavar="AGENT_FILE", help="A file with a module-level `server`.")],
) -> None:
    """Run an agent file in production; options for livekit.agents' own `start` are passed on."""
    become_worker(agent_file, context.args)


def become_worker(agent_file: Path, options: Sequence[str]) -> NoReturn:
    """Turn this process into `python -m livekit.agents start`, so that signals need no passing on."""
    from offhook.dev.parent import check_agent_file
    from offhook.settings import load_env_files, load_settings

    check_agent_file(agent_file)
    settings = load_settings()
    if settings.livekit_url is None and not any(option.startswith("--url") for option in options):
        raise SettingsError(
            "LIVEKIT_URL is not set; set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET in the environment or in "
            ".env.local, or use `dev`, which starts a local server"
        )
    load_env_files(Path.cwd())
    command = [sys.executable, "-m", "livekit.agents", "start", str(agent_file), *options]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is the point
