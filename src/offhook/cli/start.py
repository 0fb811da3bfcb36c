"""`offhook start`: runs an agent file in production with LiveKit's own worker."""

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
    """Replace this process with `python -m offhook.worker start`, so that signals reach the worker directly."""
    from offhook.dev.run import check_agent_file
    from offhook.dev.worker_command import start_command
    from offhook.settings import load_env_files, load_settings

    check_agent_file(agent_file)
    settings = load_settings()
    if settings.livekit_url is None and not any(option.startswith("--url") for option in options):
        raise SettingsError(
            "LIVEKIT_URL is not set; set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET in the environment or in "
            ".env.local, or use `dev`, which starts a local server"
        )
    load_env_files(Path.cwd())
    os.execv(sys.executable, start_command(agent_file, options))  # noqa: S606 - no shell, on purpose
