"""`offhook check`: checks everything that a call uses, and says what to do about each problem."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from offhook.checks.finding import Check

__all__ = ["check"]

_FILE = "A file with a module-level `server`; default: agents/agent.py, agent.py, main.py or app.py."
_STYLES = {"ok": "green", "warning": "yellow", "problem": "red", "skipped": "dim"}


def check(
    agent_file: Annotated[Path | None, typer.Argument(metavar="[AGENT_FILE]", help=_FILE)] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Send no network requests.")] = False,
    metadata: Annotated[str, typer.Option(help="The dispatch metadata, for an agent file that needs it.")] = "",
) -> None:
    """Check everything that a call needs, and say what to do about each problem.

    The agent file runs in a simulated room up to `session.start`. The command checks the models that the file creates.
    """
    import json  # imported here, so that other commands start faster
    import os
    from dataclasses import asdict

    from offhook.core.errors import SettingsError

    try:
        results = _run(agent_file, network=not offline, metadata=metadata)
        code = 1 if any(one.state == "problem" for one in results) else 0
    except SettingsError as error:
        if not as_json:
            raise
        results, code = _unreadable(error, dict(os.environ)), 2
    if as_json:
        print(json.dumps({"ok": code == 0, "checks": [asdict(one) for one in results]}, indent=2, ensure_ascii=False))
    else:
        _show(results)
    raise typer.Exit(code)


def _run(agent_file: Path | None, *, network: bool, metadata: str) -> "Sequence[Check]":
    import asyncio
    import os
    import warnings

    from offhook.checks.checklist import CheckContext, check_list
    from offhook.checks.run import run_checks
    from offhook.checks.secrets import redactor, secrets_of
    from offhook.settings import load_env_files, load_settings

    # PyJWT's warning about a short secret is not needed, because the server refuses such a secret
    warnings.filterwarnings("ignore", message="The HMAC key is")
    settings = load_settings()
    load_env_files(Path.cwd())
    environ = dict(os.environ)
    hide = redactor(secrets_of(settings, environ))
    context = CheckContext(environ, Path.cwd(), agent_file, network=network, hide=hide, metadata=metadata)
    specs = check_list(settings, context)
    with _progress([spec.name for spec in specs]) as done:
        return asyncio.run(run_checks(specs, hide=hide, done=done))


def _unreadable(error: Exception, environ: Mapping[str, str]) -> "Sequence[Check]":
    """Return one failed check for each error in the settings."""
    from offhook.checks.finding import Check
    from offhook.checks.secrets import redactor, secrets_of

    hide = redactor(secrets_of(None, environ))
    split = [line.partition("; ") for line in hide(str(error)).splitlines()]
    return [Check("settings", "problem", detail, todo or "correct this setting", 0) for detail, _, todo in split]


@contextmanager
def _progress(names: Sequence[str]) -> "Iterator[Callable[[str], None]]":
    """Show the pending checks on standard error, if standard error is a terminal."""
    from rich.console import Console

    console, waiting = Console(stderr=True), list(names)

    def text() -> str:
        return f"waiting for {', '.join(dict.fromkeys(waiting))}" if waiting else "done"

    if not console.is_terminal:
        yield lambda _name: None
        return
    with console.status(text(), spinner="line", spinner_style="dim") as status:

        def done(name: str) -> None:
            waiting.remove(name)
            status.update(text())

        yield done


def _show(results: "Sequence[Check]") -> None:
    """Print one line for each check, and a second line if the check has advice."""
    import io

    from rich.console import Console
    from rich.text import Text

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # prints "?" for characters that the terminal lacks
    console = Console(highlight=False)
    states, names = (max(len(getattr(one, part)) for one in results) for part in ("state", "name"))
    for one in results:
        head = Text.assemble((f"{one.state:<{states}}", _STYLES[one.state]), f"  {one.name:<{names}}  ")
        _print(console, head, Text(one.detail, style="dim" if one.state == "skipped" else ""))
        if one.todo:
            _print(console, Text(" " * len(head)), Text(f"-> {one.todo}", style="bold"))
    console.print()
    console.print(_summary(results), soft_wrap=True)


def _print(console: "Console", head: "Text", text: "Text") -> None:
    """Print one line. On a terminal, long text is wrapped and indented; in a pipe or file, it stays on one line."""
    from rich.text import Text

    room = console.width - len(head)
    folded = text.wrap(console, room) if console.is_terminal and room >= 30 else [text]
    for line in folded:
        line.rstrip()
        console.print(head + line, soft_wrap=True)
        head = Text(" " * len(head))


def _summary(results: "Sequence[Check]") -> "Text":
    from rich.text import Text

    counts = {state: sum(one.state == state for one in results) for state in ("problem", "warning")}
    counted = ", ".join(f"{count} {state}{'' if count == 1 else 's'}" for state, count in counts.items() if count)
    if counts["problem"]:
        return Text(f"{counted}: calls will fail", style="red")
    if counts["warning"]:
        return Text(f"calls will work; {counted}", style="yellow")
    return Text("everything that a call needs is available", style="green")
