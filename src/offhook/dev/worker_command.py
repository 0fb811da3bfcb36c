"""The command that runs an agent file as a worker."""

import sys
from collections.abc import Sequence
from pathlib import Path

from offhook.dev.agent_source import runs_options

__all__ = ["start_command", "worker_command"]

_WORKER = (sys.executable, "-m", "offhook.worker", "start")
"""Does the same as `python -m livekit.agents start`, but the forkserver shares the memory of the main process."""


def worker_command(agent_file: Path, *, log_level: str) -> list[str]:
    """Return the command for `dev`.

    LiveKit's `start` needs a module-level server. A file that passes `WorkerOptions` to `cli.run_app` has no such
    server. Such a file is run as `python FILE dev`.
    """
    return start_command(agent_file, ["--dev", "--log-format=colored", f"--log-level={log_level}"])


def start_command(agent_file: Path, options: Sequence[str]) -> list[str]:
    """Return the command for production, with further options of LiveKit's `start`."""
    if not runs_options(agent_file):
        return [*_WORKER, str(agent_file), *options]
    command = ["dev", "--no-reload"] if "--dev" in options else ["start"]
    kept = [one for one in options if one != "--dev" and not one.startswith("--log-format")]
    return [sys.executable, str(agent_file), *command, *kept]
