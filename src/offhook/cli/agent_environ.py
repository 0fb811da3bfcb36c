"""The environment variables and the log output of commands that run an agent file in their own process."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from offhook.core.errors import SettingsError

__all__ = ["environ_of", "one_line_log", "use_env_files"]


def use_env_files(agent: Path) -> None:
    """Read `.env.local` and `.env` of the current folder and of the agent's folder. Variables that are already set keep
    their values.
    """
    from offhook.settings import load_env_files

    for folder in dict.fromkeys((Path.cwd(), agent.resolve().parent)):
        load_env_files(folder)


def environ_of(given: Sequence[str]) -> dict[str, str]:
    """Return the environment variables that the user gave with `--env NAME=VALUE`."""
    pairs = [one.partition("=") for one in given]
    for name, sign, _ in pairs:
        if not name or not sign:
            raise SettingsError(f"--env {name} has no value; write --env NAME=VALUE")
    return {name: value for name, _, value in pairs}


@contextmanager
def one_line_log() -> Iterator[None]:
    """Print logged warnings and errors without tracebacks. Errors that the agent's code raised are left out, because
    the command prints them itself.
    """
    from offhook.testing.simulation.user_errors import of_agent

    handler, root = logging.StreamHandler(), logging.getLogger()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_OneLine())
    handler.addFilter(lambda record: not (record.exc_info and record.exc_info[1] and of_agent(record.exc_info[1])))
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        return record.getMessage() + (f": {type(error).__name__}: {error}" if error else "")
