"""`offhook dial NUMBER`: lets an agent call a phone, shows what happens, and exits with a code for the outcome."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offhook.core.errors import CommandError, DispatchError

if TYPE_CHECKING:
    from offhook.client import RunningCall

__all__ = ["EXIT_CODES", "dial"]

EXIT_CODES: Mapping[str, int] = {
    "answered": 0,
    "busy": 60,
    "no_answer": 61,
    "declined": 62,
    "unreachable": 63,
    "cancelled": 64,
    "refused": 65,
    "failed": 66,
    "voicemail": 67,
}
"""The exit code of each outcome of dialling. A call that ends without one of these outcomes has the code of
"failed"."""

_DATA = "A JSON object for the agent, added to the metadata; @FILE reads it from a file."


def dial(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The number, such as +15551234567, or a SIP user.")],
    *,
    agent: Annotated[str, typer.Option(help="The agent_name that the worker registered.")],
    trunk: Annotated[str, typer.Option(help="The id of the outbound trunk, ST_…; default: the plan's.")] = "",
    key: Annotated[str, typer.Option(help="A second call with the same key is refused.")] = "",
    data: Annotated[str, typer.Option(help=_DATA)] = "",
    wait: Annotated[bool, typer.Option(help="Wait for the end of the call, not only for the answer.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
) -> None:
    """Let an agent call a phone, and show what happens: dialling, ringing, answered, busy."""
    import asyncio  # slow to import; `offhook --help` does not need it
    import json  # slow to import; `offhook --help` does not need it

    from offhook.core.dial import phone_number

    asked = {"to": phone_number(number), "trunk": trunk, "key": key, "followed": True}
    metadata = {**_object(data), "dial": {name: value for name, value in asked.items() if value}}
    outcome, detail = asyncio.run(_dial(json.dumps(metadata), agent=agent, wait=wait, quiet=as_json))
    if as_json:
        print(json.dumps({"outcome": outcome, "detail": detail}, ensure_ascii=False))
    if code := EXIT_CODES.get(outcome, EXIT_CODES["failed"]):
        raise typer.Exit(code)


async def _dial(metadata: str, *, agent: str, wait: bool, quiet: bool) -> tuple[str, str]:
    import uuid

    from offhook.cli.remote.verb_run import open_client  # pydantic is slow to import
    from offhook.control.dispatch import dispatch

    room = f"dial-{uuid.uuid4().hex[:12]}"
    async with open_client() as client:
        await dispatch(client.api, room=room, agent=agent, metadata=metadata)
        if not quiet:
            print(f"room {room}", flush=True)
        return await _follow(client.call(room), wait=wait, quiet=quiet)


async def _follow(call: "RunningCall", *, wait: bool, quiet: bool) -> tuple[str, str]:
    """Print the progress; return the outcome and its text. If the agent dials again, the last outcome counts."""
    from offhook.control.report import GONE
    from offhook.reports.render import clean

    found, names = ("failed", "the call ended before it was dialled"), set[str]()
    try:
        async for record in call.follow(starting=5.0):
            name, body = record["name"], record["body"]
            found = _outcome(name, body, found)
            if not quiet:
                _show(record)
            names.add(name)
            ended = "PlanFailed" in names or {"EndRequested", "DialResult"} <= names
            if not wait if found[0] == "answered" else ended:  # the last records come late, so do not wait for them
                break
    except CommandError as error:
        if error.code not in GONE or names:
            raise
        found = "failed", f"the call was over before it could be followed ({error}); the journal has its outcome"
    if not quiet and not names & {"DialResult", "PlanFailed"}:  # with one of these records, `_show` printed the outcome
        print(clean(found[1]), flush=True)
    return found


def _show(record: Mapping[str, Any]) -> None:
    from offhook.reports.phrases import phrase
    from offhook.reports.render import clean

    if record["name"] in _SHOWN:
        print(clean(f"{record['elapsed']:7.2f} s  {phrase(record['name'], record['body'])[2]}"), flush=True)


_SHOWN = ("DialRequested", "DialStatus", "DialResult", "AnsweredBy", "EndRequested", "PlanFailed")


def _outcome(name: str, body: Mapping[str, Any], found: tuple[str, str]) -> tuple[str, str]:
    match name:
        case "DialResult":
            return body["outcome"], body["text"]
        case "PlanFailed":
            return "failed", body["error"]
        case "EndRequested" if body["reason"] == "voicemail":
            return "voicemail", body["detail"]
    return found


def _object(given: str) -> dict[str, Any]:
    """Return the JSON object that the user gave with `--data`."""
    import json  # slow to import; `offhook --help` does not need it

    try:
        text = Path(given[1:]).read_text(encoding="utf-8") if given.startswith("@") else given
        found = json.loads(text) if text.strip() else {}
    except (OSError, ValueError) as error:
        raise DispatchError(f"--data cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise DispatchError(f'--data is a JSON {type(found).__name__}; give an object such as \'{{"name": "Ann"}}\'')
    return found
