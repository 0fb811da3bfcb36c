"""Generates the page of commands from their `--help` texts."""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from typer.main import get_command

from offhook.cli.agent import USAGE
from offhook.cli.main import _app

__all__ = ["cli_page", "commands"]

HEAD = """# Commands

`make run` creates a virtual environment with `offhook`; `. .venv/bin/activate` puts `offhook` on PATH. Every command
has the option `--help`. If a command refuses its input, it prints one line to standard error and exits with code 2. The
commands for running calls have [more exit codes](../remote.md#exit-codes).
"""


@cache
def cli_page() -> str:
    """Return the page: every command with its arguments and options, and the commands of an agent file."""
    parts = [HEAD, *(_command(name, command) for name, command in commands().items()), _agent_file()]
    return "\n".join(parts)


def commands() -> dict[str, Any]:
    """Return all commands by name, including the verbs of running calls."""
    return dict(_flat("", cast("Any", get_command(_app()))))


def _flat(prefix: str, group: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name and the command for each command of a group and its subgroups."""
    context = group.make_context("offhook", ["--help"], resilient_parsing=True)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from _flat(f"{prefix}{name} ", command)
        else:
            yield f"{prefix}{name}", command


def _command(name: str, command: Any) -> str:
    context = command.make_context(f"offhook {name}", [], resilient_parsing=True)
    pieces = " ".join(command.collect_usage_pieces(context))
    records = [one.get_help_record(context) for one in command.params]
    rows = [f"| `{_clean(names)}` | {_clean(text)} |" for names, text in filter(None, records)]
    table = ["| | |", "|---|---|", *rows, ""] if rows else []
    help_text = " ".join((command.help or "").split())
    return "\n".join([f"## offhook {name}\n", f"{help_text}\n", f"```text\noffhook {name} {pieces}\n```\n", *table])


def _clean(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _agent_file() -> str:
    usage = USAGE.format(file="agents/agent.py")
    return f"## An agent file\n\nA file that ends in `run(server)` has its own commands.\n\n```text\n{usage}\n```\n"
