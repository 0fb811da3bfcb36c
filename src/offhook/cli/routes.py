"""`offhook routes explain`: says which route takes a call, and why each other route does not."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.agent_variables import variables_of
from offhook.core.errors import PlanError

if TYPE_CHECKING:
    from offhook.core.routes.table import Routes
    from offhook.core.routes.values import CallValues

__all__ = ["routes"]

_MARKS = {"takes the call": "->", "matches too": "  ", "no match": "  "}


class Action(StrEnum):
    """The actions of `offhook routes`."""

    EXPLAIN = "explain"


def routes(  # noqa: PLR0913  # one parameter for each option
    action: Annotated[Action, typer.Argument(metavar="explain", help="What the command does.")],
    file: Annotated[
        Path | None, typer.Argument(help="A TOML file with routes, or an agent file that has `Routes`.")
    ] = None,
    *,
    dialled: Annotated[str, typer.Option(help="The number or user part that the caller dialled, or a SIP URI.")] = "",
    caller: Annotated[str, typer.Option(help="The caller's number.")] = "",
    trunk: Annotated[str, typer.Option(help="The id of the inbound trunk: ST_…")] = "",
    header: Annotated[list[str] | None, typer.Option(help="A SIP header, as Name=value. Can be repeated.")] = None,
    room: Annotated[str, typer.Option(help="The name of the room.")] = "",
    metadata: Annotated[str, typer.Option(help="The dispatch metadata, a JSON object.")] = "",
    room_metadata: Annotated[str, typer.Option(help="The room's metadata, a JSON object.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object.")] = False,
) -> None:
    """Say which route takes a call, why each other route does not, and which routes can never take a call."""
    del action  # the value is not needed, because there is only one action
    from offhook.core.routes.values import CallValues, address_forms
    from offhook.core.sip.address import read_address

    table = _read(file)
    call = CallValues.of(
        dialled=address_forms(read_address(dialled)),
        caller=address_forms(read_address(caller)),
        trunk=trunk,
        room=room,
        headers=_headers(header or []),
        metadata=_object("--metadata", metadata),
        room_metadata=_object("--room-metadata", room_metadata),
    )
    _show_json(table, call) if as_json else _show(table, call)


def _read(file: Path | None) -> "Routes":
    from offhook.checks.agent import find_agent_file
    from offhook.core.routes.table import Routes

    path = find_agent_file(file, Path.cwd())
    if path is None or not path.is_file():
        raise PlanError(f"there is no file {path or 'agents/agent.py'}; give a TOML file or an agent file with routes")
    if path.suffix == ".toml":
        return Routes.from_toml(path)
    found = [value for value in variables_of(path).values() if isinstance(value, Routes)]
    if len(found) != 1:
        count = "no routes" if not found else f"{len(found)} variables with Routes"
        raise PlanError(f"{path} has {count} at its top level; write routes = Routes(…) once, or give a TOML file")
    return found[0]


def _headers(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for name, equals, _ in pairs:
        if not (name and equals):
            raise typer.BadParameter(f"--header {name}: write it as Name=value")
    return {name: value for name, _, value in pairs}


def _object(option: str, text: str) -> "dict[str, object]":
    from offhook.core.call import read_metadata

    data, problem = read_metadata(text)
    if problem:
        raise typer.BadParameter(f"{option}: {problem}")
    return dict(data)


def _show_json(table: "Routes", call: "CallValues") -> None:
    from dataclasses import asdict

    summary = {
        "route": table.match(call).route,
        "routes": [asdict(one) for one in table.explain(call)],
        "unreachable": [{"route": late, "because_of": early} for late, early in table.unreachable()],
        "overlaps": [list(pair) for pair in table.overlaps()],
    }
    print(json.dumps(summary, indent=2, ensure_ascii=False))


def _show(table: "Routes", call: "CallValues") -> None:
    for key, forms in call.values.items():
        print(f"{key}: {forms[0]}")
    if call.values:
        print()
    tried = table.explain(call)
    width = max(len(one.route) for one in tried)
    targets = {one.name: one.plan for one in table.routes} | {"default": table.default}
    for one in tried:
        target = f"  ({_name(targets[one.route])})" if one.result == "takes the call" else ""
        print(f"{_MARKS[one.result]} {one.route:<{width}}  {one.result:<14}  {one.why}{target}")
    print()
    for later, earlier in table.unreachable():
        print(f"route {later} can never take a call: {earlier} comes first and takes all of its calls; move {later} up")
    if pairs := table.overlaps():
        both = ", ".join(f"{first}/{later}" for first, later in pairs)
        print(f"some calls match two routes, and the first of the two takes them: {both}")


def _name(target: object) -> str:
    module, name = getattr(target, "__module__", ""), getattr(target, "__qualname__", "")
    return f"{module}:{name}" if name else str(target)
