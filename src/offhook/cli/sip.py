"""`offhook sip doctor`: explains why a telephone number does not reach an agent."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from offhook.checks.sip import CallPath, Diagnosis, SipConfig, Subject

__all__ = ["doctor"]

_FILE = "Examine this JSON file instead of a server."
_AGENT = "The agent_name of a worker; repeat the option for each. An empty name stands for a worker without a name."
_COLORS = {"problem": "\x1b[31m", "warning": "\x1b[33m", "note": "\x1b[2m"}
_RESET = "\x1b[0m"


def doctor(
    *,
    number: Annotated[str | None, typer.Option(help="Show the result of a call to this number.")] = None,
    caller: Annotated[str, typer.Option(help="The caller's number, with --number.")] = "",
    agent: Annotated[list[str] | None, typer.Option(help=_AGENT)] = None,
    url: Annotated[str | None, typer.Option(help="The server's address; default: LIVEKIT_URL.")] = None,
    file: Annotated[Path | None, typer.Option(help=_FILE)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Explain why a telephone number does not reach an agent, and print the lk commands that correct the faults."""
    import json  # late import, so that other commands start faster

    from offhook.checks.sip import examine, load_config
    from offhook.core.errors import SettingsError

    if file is not None and url is not None:
        raise SettingsError("--file and --url exclude each other; give one of the two")
    if caller and number is None:
        raise SettingsError("--caller needs --number: the number that the caller dials")
    config = _read(url) if file is None else load_config(file)
    if agent:
        from dataclasses import replace

        config = replace(config, agents=frozenset(agent))
    diagnosis = examine(config, number=number, caller=caller)
    if as_json:
        print(json.dumps(_to_json(diagnosis), indent=2, ensure_ascii=False))
    else:
        _show(diagnosis)
    raise typer.Exit(0 if diagnosis.healthy else 1)


def _read(url: str | None) -> "SipConfig":
    import asyncio

    from offhook.checks.sip import fetch_config
    from offhook.cli.access import access
    from offhook.control.api import connect

    known, key, secret = access()

    async def read() -> "SipConfig":
        async with connect(url=url or known, key=key, secret=secret) as api:
            return await fetch_config(api)

    return asyncio.run(read())


def _to_json(diagnosis: "Diagnosis") -> dict[str, object]:
    from dataclasses import asdict

    path = diagnosis.path
    call = path and {
        "number": path.number,
        "caller": path.caller,
        "code": path.code,
        "outcome": path.outcome,
        "trunk": path.trunk.sip_trunk_id if path.trunk else "",
        "rule": path.rule.sip_dispatch_rule_id if path.rule else "",
        "others": list(path.others),
    }
    return {"ok": diagnosis.healthy, "call": call, "subjects": [asdict(one) for one in diagnosis.subjects]}


def _show(diagnosis: "Diagnosis") -> None:
    """Print the result of the call, then each trunk and each dispatch rule with its faults. After the faults, print the
    lk commands that correct the faults.
    """
    from offhook.reports.render import clean

    color = sys.stdout.isatty()
    if diagnosis.path is not None:
        for line in _path_lines(diagnosis.path):
            print(clean(line))
        print()
    for subject in diagnosis.subjects:
        for severity, line in _subject_lines(subject):
            print(f"{_COLORS[severity]}{clean(line)}{_RESET}" if color and severity else clean(line))
        print()
    print(_summary(diagnosis))


def _path_lines(path: "CallPath") -> "Iterator[str]":
    yield f"a call to {path.number}" + (f" from {path.caller}" if path.caller else "")
    yield f"  {path.outcome}"
    for other in path.others:
        yield f"  not {other}"


def _subject_lines(subject: "Subject") -> "Iterator[tuple[str, str]]":
    yield "", subject.name
    for one in subject.findings:
        yield one.severity, f"  {one.severity:<7}  {one.code}: {one.detail}"
        yield "", f"           the caller: {one.caller}"
        yield "", f"           -> {one.todo}"
    for command in subject.commands:
        yield "", ""
        for line in command.split("\n"):
            yield "", line


def _summary(diagnosis: "Diagnosis") -> str:
    counts = {
        state: sum(one.severity == state for one in diagnosis.findings) for state in ("problem", "warning", "note")
    }
    counted = ", ".join(f"{count} {state}{'' if count == 1 else 's'}" for state, count in counts.items() if count)
    return counted or "no faults found"
