"""Sends the command of a verb to a running call, waits for the result, and prints the result."""

import asyncio
import getpass
import json
import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from offhook.cli.access import access
from offhook.cli.remote.exit_codes import exit_code_of
from offhook.cli.remote.verb_command import Common
from offhook.cli.remote.words import answer_words
from offhook.core.commands import Command, Query, dump_command, parse_command
from offhook.core.errors import CommandError
from offhook.reports.render import clean

if TYPE_CHECKING:
    from offhook.client import Client, CommandReport, RunningCall

__all__ = ["open_client", "report_words", "run_verb"]


def open_client(by: str = "") -> "AbstractAsyncContextManager[Client]":
    """Open a client for the server in the settings. If they name no server, use the server that `dev` runs in this
    folder.
    """
    from offhook.client import Client  # livekit.api is slow to import

    url, key, secret = access()
    return Client(url=url, key=key, secret=secret, by=by or _login_name())


def run_verb(command: Command, common: Common) -> int:
    """Send the command, and return the exit code."""
    try:
        return asyncio.run(_run(command, common))
    except CommandError as error:
        if common.json:
            print(json.dumps({"room": common.room, "error": error.code, "detail": str(error)}, ensure_ascii=False))
        raise


async def _run(command: Command, common: Common) -> int:
    async with open_client(common.by) as client:
        call = client.call(common.room, agent=common.agent)
        if isinstance(command, Query):
            answer = await _read(call, command)
            print(json.dumps(answer, ensure_ascii=False) if common.json else answer_words(command.name, answer))
            return 0
        began = time.monotonic()
        report = await call.send(command, wait=common.wait, id=common.id, timeout=common.timeout)
        seconds = time.monotonic() - began
        print(_as_json(report, common, seconds) if common.json else report_words(report, common, seconds))
        return exit_code_of(report, waited=common.wait)


async def _read(call: "RunningCall", query: Query) -> Mapping[str, Any]:
    """Return the answer to a query. If the answer comes in several parts, the parts are joined."""
    answer = dict(await call.query(query))
    while answer.pop("more", False):
        later = parse_command({**dump_command(query), "after": answer["next"]})
        assert isinstance(later, Query)
        page = await call.query(later)
        grown = {name: [*answer[name], *rows] for name, rows in page.items() if isinstance(rows, list)}
        answer = {**answer, **page, **grown}
    return answer


def report_words(report: "CommandReport", common: Common, seconds: float) -> str:
    """Return one line that describes the result of a command."""
    detail = clean(report.detail)
    if not common.wait:
        return f"accepted, id {clean(report.id)}"
    if not report.final:
        last = f"{report.status}, {detail}" if detail else report.status
        return f"no final result after {common.timeout:g} s; the last one: {last}"
    if report.ok:
        return f"{report.status} after {seconds:.1f} s" + (f": {detail}" if detail else "")
    return f"{report.status}: {detail}" if detail else report.status


def _as_json(report: "CommandReport", common: Common, seconds: float) -> str:
    results = [{"status": status, "detail": detail} for status, detail in report.results]
    result = {
        "room": common.room,
        "id": report.id,
        "command": report.command,
        "status": report.status,
        "detail": report.detail,
        "final": report.final,
        "seconds": round(seconds, 3),
        "results": results,
    }
    return json.dumps(result, ensure_ascii=False)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run without a user name
        return "offhook"
