"""The offhook command: which commands there are; each one imports what it needs when it runs."""

import importlib
import importlib.util
from collections.abc import Callable

import typer

from offhook.cli.complain import complain
from offhook.core.errors import OffhookError

__all__ = ["main"]

# Command: the module in this package that holds a function of the command's name.
COMMANDS = {
    "dev": "dev",
    "start": "start",
    "server": "server",
    "call": "call",
    "dispatch": "dispatch",
    "calls": "calls",
    "show": "calls",
    "check": "check",
    "token": "token",
    "init": "init",
    "simulate": "simulate",
    "sandbox": "sandbox",
    "drill": "drill",
}
PASS_ON = {"start"}  # takes livekit's own options beside ours


def main() -> None:
    """Run the command line; what offhook itself refuses is one red line and exit code 2."""
    try:
        _app()()
    except OffhookError as error:
        complain(error)


def _app() -> typer.Typer:
    # Rich help and completion cost 100 ms and more at every start.
    app = typer.Typer(
        name="offhook",
        help="Run, call and look into LiveKit voice agents.",
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
