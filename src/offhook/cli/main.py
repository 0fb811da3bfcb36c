"""The `offhook` command: the table of commands. Each command imports its modules when it runs."""

import importlib
import importlib.util
from collections.abc import Callable

import typer

from offhook.cli.errors import exit_with_error
from offhook.core.errors import OffhookError

__all__ = ["main"]

# Maps each command to the module of this package that has a function with the command's name.
COMMANDS = {
    "dev": "dev",
    "start": "start",
    "server": "server",
    "call": "call",
    "dispatch": "dispatch",
    "permit": "permit",
    "listen": "listen",
    "api": "api",
    "calls": "calls",
    "show": "calls",
    "check": "check",
    "token": "token",
    "init": "init",
    "simulate": "simulate",
    "sandbox": "sandbox",
    "drill": "drill",
    "compare": "compare",
}
PASS_ON = {"start"}  # accepts LiveKit's own options too


def main() -> None:
    """Run the command line. An `OffhookError` is printed as one red line, and the exit code is 2."""
    try:
        _app()()
    except OffhookError as error:
        exit_with_error(error)


def _app() -> typer.Typer:
    # Rich help and completion would take 100 ms or more at every start.
    app = typer.Typer(
        name="offhook",
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
    return app


def _function(module: str, command: str) -> Callable[..., object] | None:
    name = f"offhook.cli.{module}"
    return getattr(importlib.import_module(name), command, None) if importlib.util.find_spec(name) else None
