"""A client's access to one running call: sends commands and queries, waits for results, and follows the records."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol, cast

from offhook.control.api import Api
from offhook.control.find import AgentInRoom, find_agent
from offhook.control.report import GONE, CommandReport, report_without_answer
from offhook.control.send import send_command
from offhook.core.commands import COMMANDS, Command, Query, Role, parse_command
from offhook.core.commands.base import MAX_WAIT
from offhook.core.commands.keys import CommandKey
from offhook.core.errors import CommandError

__all__ = ["RunningCall", "Sender"]

_PAUSE = 0.5
"""Seconds between two attempts if a call or the server does not answer."""
_SOON = 0.05
"""Seconds between two queries to an agent that has just joined the room."""
_PATIENCE = 30.0
"""Seconds without an answer after which `follow` gives up."""


class Sender(Protocol):
    """The sender of the commands: a name, a role, a signing key and the API of the server."""

    by: str
    role: Role | None
    command_key: CommandKey | None

    @property
    def api(self) -> Api:
        """The server's API."""


class RunningCall:
    """A running call. Each command is a method: `say`, `ask`, `instructions`, `quiet`, `end` and so on.

    The arguments are the fields of the command. A method waits at most `timeout` seconds for the final result of the
    command, and returns a `CommandReport`. With `wait=False`, the method returns when the call has accepted the
    command. With `id`, you can safely send a command again: the call carries out only one command with this `id`.
    """

    def __init__(self, client: Sender, room: str, *, agent: str = "", found: AgentInRoom | None = None) -> None:
        self.room = room
        self._client = client
        self._agent = agent
        self._found = found

    def __getattr__(self, name: str) -> Callable[..., Awaitable[CommandReport]]:
        kind = COMMANDS.get(name)
        if kind is None or issubclass(kind, Query):
            raise AttributeError(f"a call has no verb {name!r}; it has: {', '.join(COMMANDS)}")

        async def verb(*values: Any, wait: bool = True, timeout: float = 60.0, **given: Any) -> CommandReport:  # noqa: ASYNC109  # see the class docstring
            command_id = given.pop("id", "")
            return await self.send(_command(kind, values, given), wait=wait, id=command_id, timeout=timeout)

        verb.__name__, verb.__doc__ = name, kind.__doc__
        return verb

    async def send(self, command: Command, *, wait: bool = True, id: str = "", timeout: float = 60.0) -> CommandReport:  # noqa: A002, ASYNC109  # at a timeout, the report has the results so far
        """Send a command. With `wait`, return a report with the final result.

        If the final result does not come within `timeout` seconds, return a report with the results so far.
        """
        answer = await self._send(command, id=id)
        report = CommandReport(str(answer["id"]), command.name, "accepted", final=False)
        return await self._wait(report, await self._find(), timeout) if wait else report

    async def query(self, query: Query) -> Mapping[str, Any]:
        """Send a query and return its answer."""
        return cast("Mapping[str, Any]", (await self._send(query))["data"])

    async def state(self) -> Mapping[str, Any]:
        """Return the state of the call: the caller, the agent, the current state of both, and the last words."""
        return await self.query(_query("state"))

    async def transcript(self) -> Sequence[Mapping[str, Any]]:
        """Return all messages so far. Each message has `who`, `text`, `at` (Unix time) and `seq` (record number)."""
        messages, after, more = list[Mapping[str, Any]](), -1, True
        while more:
            page = await self.query(_query("transcript", after=after))
            messages += page["messages"]
            after, more = page["next"], page["more"]
        return messages

    async def follow(self, *, after: int = -1, starting: float = 0.0) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the call's journal records after record number `after`, until the call is over.

        If the call or the server does not answer, the method tries again for 30 s, without losing or repeating a
        record. An agent that has just joined cannot accept commands at first. For such an agent, the method tries again
        for `starting` seconds.
        """
        starts_until = time.monotonic() + starting
        silent_since: float | None = None
        agent = await self._find()
        while True:
            try:
                page = await self._ask(_query("facts", after=after, wait=MAX_WAIT), agent)
            except CommandError as error:
                if error.code in GONE and after >= 0:
                    return
                if error.code == "not_offhook" and after < 0 and time.monotonic() < starts_until:
                    await asyncio.sleep(_SOON)
                    continue
                silent_since = silent_since or time.monotonic()
                if error.code != "unreachable" or time.monotonic() > silent_since + _PATIENCE:
                    raise
                await asyncio.sleep(_PAUSE)
                continue
            silent_since = None
            for record in page["records"]:
                yield record
            after = page["next"]
            if page["over"] and not page["records"]:
                return

    async def _find(self) -> AgentInRoom:
        if self._found is None:
            self._found = await find_agent(self._client.api, self.room, self._agent)
        return self._found

    async def _ask(self, query: Query, agent: AgentInRoom) -> Mapping[str, Any]:
        """Send a query only to this agent, because the agent of a new call in the room has no records of this call."""
        return cast("Mapping[str, Any]", (await self._send(query, to=agent))["data"])

    async def _send(self, command: Command, *, id: str = "", to: AgentInRoom | None = None) -> dict[str, Any]:  # noqa: A002  # as in `send`
        """Send a command to the agent `to`. If `to` is None, send the command to the agent that is now in the room."""
        client, agent = self._client, to or await self._find()
        try:
            return await send_command(
                client.api,
                room=self.room,
                identity=agent.identity,
                call=agent.call,
                command=command,
                by=client.by,
                id=id,
                role=client.role,
                key=client.command_key,
            )
        except CommandError as error:
            if error.code not in GONE:
                raise
            self._found = None
            again = await self._find()
            if again == agent:
                late = f"the agent of room {self.room!r} did not answer in time; it is still in the room"
                raise CommandError("unreachable", late) from error
            if to is not None:
                raise
            return await self._send(command, id=id, to=again)

    async def _wait(self, report: CommandReport, agent: AgentInRoom, timeout: float) -> CommandReport:  # noqa: ASYNC109  # at a timeout, the report has the results so far
        results, until = list[tuple[str, str]](), time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            query = _query("result", command=report.id, after=len(results), wait=min(MAX_WAIT, left))
            try:
                page = await self._ask(query, agent)
            except CommandError as error:
                if error.code != "unreachable":
                    return report_without_answer(report, results, error)
                await asyncio.sleep(_PAUSE)
                continue
            for one in page["results"]:
                results.append((one["status"], one["detail"]))
                if one["final"]:
                    return CommandReport(report.id, report.command, *results[-1], tuple(results), final=True)
            if page["over"] and not page["results"]:
                return report_without_answer(report, results, CommandError("ended", "the call is over"))
        status, detail = results[-1] if results else ("accepted", f"no final result after {timeout:g} s")
        return CommandReport(report.id, report.command, status, detail, tuple(results), final=False)


def _command(kind: type[Command], values: Sequence[Any], given: Mapping[str, Any]) -> Command:
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every verb is a dataclass
    if len(values) > len(names):
        raise CommandError("malformed", f"{kind.name} has {len(names)} fields: {', '.join(names) or 'none'}")
    return parse_command({"name": kind.name, **dict(zip(names, values, strict=False)), **given})


def _query(name: str, **given: object) -> Query:
    return cast("Query", parse_command({"name": name, **given}))
