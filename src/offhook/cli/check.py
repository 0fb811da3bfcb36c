"""`offhook check`: what a call here would use, each thing tried, and what to do about what does not work."""

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

_FILE = "A file with a module-level `server`; without it agents/agent.py, agent.py, main.py or app.py."
_STYLES = {"ok": "green", "warning": "yellow", "problem": "red", "skipped": "dim"}


def check(
    agent_file: Annotated[Path | None, typer.Argument(metavar="[AGENT_FILE]", help=_FILE)] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody on the network.")] = False,
) -> None:
    """Try everything that a call would need, and say what to do about what does not work."""
    import json  # a command loads what it uses, when it runs
    import os
    from dataclasses import asdict

    from offhook.core.errors import SettingsError

    try:
        made = _make(agent_file, network=not offline)
        code = 1 if any(one.state == "problem" for one in made) else 0
    except SettingsError as error:
        if not as_json:
            raise
        made, code = _unreadable(error, dict(os.environ)), 2
    if as_json:
        print(json.dumps({"ok": code == 0, "checks": [asdict(one) for one in made]}, indent=2, ensure_ascii=False))
    else:
        _show(made)
    raise typer.Exit(code)


def _make(agent_file: Path | None, *, network: bool) -> "Sequence[Check]":
    import asyncio
    import os
    import warnings

    from offhook.checks.plan import Surroundings, trials
    from offhook.checks.run import run_checks
    from offhook.checks.secrets import hider, secrets_of
    from offhook.settings import load_env_files, load_settings

    warnings.filterwarnings("ignore", message="The HMAC key is")  # a short secret is the server's to refuse
    settings = load_settings()
    load_env_files(Path.cwd())
    environ = dict(os.environ)
    hide = hider(secrets_of(settings, environ))
    todo = trials(settings, Surroundings(environ, Path.cwd(), agent_file, network=network, hide=hide))
    with _progress([trial.name for trial in todo]) as done:
        return asyncio.run(run_checks(todo, hide=hide, done=done))


def _unreadable(error: Exception, environ: Mapping[str, str]) -> "Sequence[Check]":
    """The settings' problems, one check each."""
    from offhook.checks.finding import Check
    from offhook.checks.secrets import hider, secrets_of

    hide = hider(secrets_of(None, environ))
    split = [line.partition("; ") for line in hide(str(error)).splitlines()]
    return [Check("settings", "problem", detail, todo or "set it right", 0) for detail, _, todo in split]


@contextmanager
def _progress(names: Sequence[str]) -> "Iterator[Callable[[Check], None]]":
    """What is waited for, on standard error, while a person waits."""
    from rich.console import Console

    console, waiting = Console(stderr=True), list(names)

    def told() -> str:
        return f"waiting for {', '.join(dict.fromkeys(waiting))}" if waiting else "done"

    if not console.is_terminal:
        yield lambda _check: None
        return
    with console.status(told(), spinner="line", spinner_style="dim") as status:

        def done(check: "Check") -> None:
            waiting.remove(check.name)
            status.update(told())

        yield done


def _show(made: "Sequence[Check]") -> None:
    """One line for each thing, and for each problem one line that says what to do."""
    import io

    from rich.console import Console
    from rich.text import Text

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show a sign shows a question mark
    console = Console(highlight=False)
    states, names = (max(len(getattr(one, part)) for one in made) for part in ("state", "name"))
    for one in made:
        head = Text.assemble((f"{one.state:<{states}}", _STYLES[one.state]), f"  {one.name:<{names}}  ")
        _print(console, head, Text(one.detail, style="dim" if one.state == "skipped" else ""))
        if one.todo:
            _print(console, Text(" " * len(head)), Text(f"-> {one.todo}", style="bold"))
    console.print()
    console.print(_summary(made), soft_wrap=True)


def _print(console: "Console", head: "Text", text: "Text") -> None:
    """One line; on a terminal it is folded behind its head, in a pipe it stays whole."""
    from rich.text import Text

    room = console.width - len(head)
    folded = text.wrap(console, room) if console.is_terminal and room >= 30 else [text]
    for line in folded:
        line.rstrip()
        console.print(head + line, soft_wrap=True)
        head = Text(" " * len(head))


def _summary(made: "Sequence[Check]") -> "Text":
    from rich.text import Text

    counts = {state: sum(one.state == state for one in made) for state in ("problem", "warning")}
    counted = ", ".join(f"{count} {state}{'' if count == 1 else 's'}" for state, count in counts.items() if count)
    if counts["problem"]:
        return Text(f"{counted}: calls will fail", style="red")
    if counts["warning"]:
        return Text(f"calls will work; {counted}", style="yellow")
    return Text("everything that a call needs is there", style="green")
