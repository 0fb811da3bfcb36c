"""The `offhook` command: the table of commands. Slow modules are imported only when a command that needs them runs.

`OffhookGroup` adds the commands for running calls, one for each verb, such as `say`.
"""

import importlib
import importlib.util
from collections.abc import Callable

import typer

from offhook.cli.errors import exit_with_error
from offhook.cli.remote.exit_codes import ERRORS
from offhook.cli.remote.group import OffhookGroup
from offhook.core.errors import CommandError, OffhookError

__all__ = ["main"]

# Maps each command to the module of this package that contains the function with the command's name.
COMMANDS = {
    "dev": "dev",
    "start": "start",
    "server": "server",
    "call": "call",
    "dispatch": "dispatch",
    "dial": "dial",
    "permit": "permit",
    "listen": "listen",
    "mcp": "mcp",
    "api": "api",
    "calls": "calls",
    "show": "show",
    "export": "export",
    "prune": "prune",
    "stats": "stats",
    "turns": "turns",
    "analyse": "analyse",
    "check": "check",
    "routes": "routes",
    "token": "token",
    "init": "init",
    "adopt": "adopt",
    "simulate": "simulate",
    "sandbox": "sandbox",
    "drill": "drill",
    "compare": "compare",
    "top": "remote.top",
    "follow": "remote.follow",
    "watch": "watch",
}
# Maps each group of commands to its help. The module with the group's name lists the group's commands in `__all__`.
GROUPS = {
    "sip": "Examine the SIP trunks and dispatch rules of a server.",
    "webhooks": "List the webhooks of calls, send them again, and test a receiver.",
}
PASS_ON = {"start"}  # commands that accept LiveKit's own options too


def main() -> None:
    """Run the command line. An `OffhookError` is printed without a traceback. The exit code is then 2, or, for a
    `CommandError`, the exit code in `ERRORS`.
    """
    try:
        _app()()
    except CommandError as error:
        exit_with_error(error, ERRORS[error.code])
    except OffhookError as error:
        exit_with_error(error)


def _app() -> typer.Typer:
    # Rich help and shell completion are off, because they would take 100 ms or more at every start.
    app = typer.Typer(
        name="offhook",
        cls=OffhookGroup,
        help="Run, call and inspect LiveKit voice agents.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
    )
    for command, module in COMMANDS.items():
        function = _function(module, command)
        if function is None:
            continue
        settings = {"allow_extra_args": True, "ignore_unknown_options": True} if command in PASS_ON else {}
        app.command(command, context_settings=settings)(function)
    for group, help_text in GROUPS.items():
        app.add_typer(_group(group), name=group, help=help_text)
    return app


def _group(name: str) -> typer.Typer:
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
    module = importlib.import_module(f"offhook.cli.{name}")
    group.callback()(lambda: None)  # without this, typer replaces a group that has one command by that command
    for command in module.__all__:
        group.command(command.strip("_").replace("_", "-"))(getattr(module, command))
    return group


def _function(module: str, command: str) -> Callable[..., object] | None:
    name = f"offhook.cli.{module}"
    return getattr(importlib.import_module(name), command, None) if importlib.util.find_spec(name) else None
