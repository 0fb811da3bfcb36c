"""Sends commands to running calls, waits for their results, and follows calls, on every worker of a LiveKit server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Any, Self, cast

from offhook.control.api import Api, connect
from offhook.control.find import AgentInRoom, find_agent, list_agents
from offhook.control.rpc import perform_rpc
from offhook.core.commands import COMMANDS, METHOD, Command, Query, Role, dump_command, parse_command
from offhook.core.commands.base import MAX_WAIT
from offhook.core.commands.keys import CommandKey
from offhook.core.errors import CommandError
from offhook.tokens import sign_command

__all__ = ["Client", "CommandReport", "RunningCall", "send_command"]

_GONE = ("ended", "no_agent", "no_room", "elsewhere")
"""The codes of errors that mean that the agent is not in the room any more."""


async def send_command(  # noqa: PLR0913  # the parts of one command, by name
    api: Api,
    *,
    room: str,
    identity: str,
    call: str,
    command: Command,
    by: str,
    id: str = "",  # noqa: A002  # the name of the claim in the API
    role: Role | None = None,
    key: CommandKey | None = None,
) -> dict[str, Any]:
    """Send one signed command and return the answer of the call: its `status` is "accepted" or "answered".

    Raises `CommandError` if the call refuses the command or does not answer.
    """
    checked = parse_command(dump_command(command))
    verb = dump_command(checked)
    secret = "" if key else api.secret
    token = sign_command(api_secret=secret, key=key, call=call, by=by, verb=verb, id=id, role=role)
    answer = _answer(await perform_rpc(api, room=room, identity=identity, method=METHOD, payload=token))
    if answer["status"] == "refused":
        raise CommandError(answer.get("code", "malformed"), str(answer.get("text", "the call gave no reason")))
    return answer


@dataclass(frozen=True, slots=True)
class CommandReport:
    """What became of a command. `status` is the last result, or "accepted" if nobody waited for one.

    `results` are all results in order: (status, detail).
    """

    id: str
    command: str
    status: str
    detail: str = ""
    results: Sequence[tuple[str, str]] = ()

    @property
    def ok(self) -> bool:
        """False if the command failed, is unsupported, or its line was interrupted."""
        return self.status in ("accepted", "applied", "spoken")


class Client:
    """A connection to one LiveKit server, for commands to its running calls.

    `by` is your name in the calls' journals. `role` limits what this client may do. `url`, `key` and `secret` are
    those of the LiveKit server; what is not given comes from the settings. A `command_key` signs the commands instead
    of the API secret.

        async with Client(by="night desk") as client:
            await client.call("room-1").say("One moment, please.")
    """

    def __init__(
        self,
        *,
        url: str | None = None,
        key: str | None = None,
        secret: str | None = None,
        by: str = "client",
        role: Role | None = None,
        command_key: CommandKey | None = None,
    ) -> None:
        self.by = by
        self.role = role
        self.command_key = command_key
        self._server = {"url": url, "key": key, "secret": secret}
        self._stack = AsyncExitStack()
        self._api: Api | None = None

    @property
    def api(self) -> Api:
        """The server's API. Raises `CommandError` outside the `async with` block."""
        if self._api is None:
            raise CommandError("unreachable", "the client is not open; use `async with Client(...) as client`")
        return self._api

    async def __aenter__(self) -> Self:
        if not all(self._server.values()):
            from offhook.settings import load_settings  # noqa: PLC0415  # pydantic is slow to import

            known = load_settings()
            secret = known.livekit_api_secret.get_secret_value() if known.livekit_api_secret else None
            found = {"url": known.livekit_url, "key": known.livekit_api_key, "secret": secret}
            self._server = {name: self._server[name] or found[name] for name in found}
        self._api = await self._stack.enter_async_context(connect(**self._server))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._api = None
        await self._stack.aclose()

    async def agents(self) -> Sequence[AgentInRoom]:
        """Return the agents in all rooms, also agents without offhook."""
        return await list_agents(self.api)

    async def calls(self) -> Sequence[Mapping[str, Any]]:
        """Return the states of all running calls, on all workers, as `RunningCall.state` does.

        An agent without offhook, and a call that does not answer, has a state with the field `error`.
        """
        return await asyncio.gather(*(self._state(agent) for agent in await self.agents()))

    async def _state(self, agent: AgentInRoom) -> Mapping[str, Any]:
        try:
            return await RunningCall(self, agent.room, found=agent).state()
        except CommandError as error:
            known = {"room": agent.room, "identity": agent.identity, "agent": agent.name, "call": agent.call}
            return {**known, "error": error.code, "detail": str(error)}

    def call(self, room: str, *, agent: str = "") -> "RunningCall":
        """Return the call in this room. `agent` is the identity of one of several agents."""
        return RunningCall(self, room, agent=agent)


class RunningCall:
    """A running call. Every verb is a method: `say`, `ask`, `instructions`, `quiet`, `end` and so on.

    The arguments are the fields of the verb. A method waits for the final result of the command and returns a
    `CommandReport`; with `wait=False` it returns as soon as the call has accepted the command. `id` makes a command
    idempotent: with the same `id`, it is carried out once, however often it is sent.
    """

    def __init__(self, client: Client, room: str, *, agent: str = "", found: AgentInRoom | None = None) -> None:
        self.room = room
        self._client = client
        self._agent = agent
        self._found = found

    def __getattr__(self, name: str) -> Callable[..., Awaitable[CommandReport]]:
        kind = COMMANDS.get(name)
        if kind is None or issubclass(kind, Query):
            raise AttributeError(f"a call has no verb {name!r}; it has: {', '.join(COMMANDS)}")

        async def verb(*values: Any, wait: bool = True, timeout: float = 60.0, **given: Any) -> CommandReport:  # noqa: ASYNC109  # documented above
            command_id = given.pop("id", "")
            return await self.send(_command(kind, values, given), wait=wait, id=command_id, timeout=timeout)

        verb.__name__, verb.__doc__ = name, kind.__doc__
        return verb

    async def send(self, command: Command, *, wait: bool = True, id: str = "", timeout: float = 60.0) -> CommandReport:  # noqa: A002, ASYNC109  # the report has the results so far
        """Send a command. With `wait`, return after its final result, or after `timeout` seconds with the last one."""
        answer = await self._send(command, id=id)
        report = CommandReport(str(answer["id"]), command.name, "accepted")
        return await self._wait(report, timeout) if wait else report

    async def query(self, query: Query) -> Mapping[str, Any]:
        """Send a query and return its answer."""
        return cast("Mapping[str, Any]", (await self._send(query))["data"])

    async def state(self) -> Mapping[str, Any]:
        """Return the state of the call: caller, agent, what both do now, the last words."""
        return await self.query(_query("state"))

    async def transcript(self) -> Sequence[Mapping[str, Any]]:
        """Return all messages so far: `who`, `text`, `at` (Unix time) and the number of the record (`seq`)."""
        messages, after, more = list[Mapping[str, Any]](), -1, True
        while more:
            page = await self.query(_query("transcript", after=after))
            messages += page["messages"]
            after, more = page["next"], page["more"]
        return messages

    async def follow(self, *, after: int = -1) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the records of the call as they are written, until the call is over."""
        while True:
            try:
                page = await self.query(_query("facts", after=after, wait=MAX_WAIT))
            except CommandError as error:
                if error.code in _GONE and after >= 0:
                    return
                raise
            for record in page["records"]:
                yield record
            after = page["next"]
            if page["over"] and not page["records"]:
                return

    async def _send(self, command: Command, *, id: str = "") -> dict[str, Any]:  # noqa: A002  # as in `send`
        """Send a command. If the agent that was found earlier is gone, look for the call once again."""
        client, known = self._client, self._found
        agent = known or await find_agent(client.api, self.room, self._agent)
        self._found = agent
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
            if error.code not in _GONE:
                raise
            self._found = None
            again = await find_agent(client.api, self.room, self._agent)
            if again == agent:
                raise
            self._found = again
            return await self._send(command, id=id) if known else await self._fail(error)

    async def _fail(self, error: CommandError) -> dict[str, Any]:
        raise error

    async def _wait(self, report: CommandReport, timeout: float) -> CommandReport:  # noqa: ASYNC109  # the report has the results so far
        results, until = list[tuple[str, str]](), time.monotonic() + timeout
        while (left := until - time.monotonic()) > 0:
            query = _query("result", command=report.id, after=len(results), wait=min(MAX_WAIT, left))
            try:
                page = await self.query(query)
            except CommandError as error:
                return _without_answer(report, results, error)
            for one in page["results"]:
                results.append((one["status"], one["detail"]))
                if one["final"]:
                    return CommandReport(report.id, report.command, *results[-1], tuple(results))
            if page["over"] and not page["results"]:
                return _without_answer(report, results, CommandError("ended", "the call is over"))
        status, detail = results[-1] if results else ("accepted", f"no final result after {timeout:g} s")
        return CommandReport(report.id, report.command, status, detail, tuple(results))


def _without_answer(report: CommandReport, results: list[tuple[str, str]], error: CommandError) -> CommandReport:
    """Return the report if the call ended before the final result. For `end` this is the result."""
    if error.code not in _GONE:
        raise error
    if report.command == "end":
        return CommandReport(
            report.id, "end", "applied", "the call is over", (*results, ("applied", "the call is over"))
        )
    raise CommandError(
        "lost", f"the call ended, or its worker died, before the result of {report.command!r}"
    ) from error


def _command(kind: type[Command], values: Sequence[Any], given: Mapping[str, Any]) -> Command:
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # every verb is a dataclass
    if len(values) > len(names):
        raise CommandError("malformed", f"{kind.name} has {len(names)} fields: {', '.join(names) or 'none'}")
    return parse_command({"name": kind.name, **dict(zip(names, values, strict=False)), **given})


def _query(name: str, **given: object) -> Query:
    return cast("Query", parse_command({"name": name, **given}))


def _answer(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(
            "malformed", "the call's answer is not JSON; does the worker run another version of offhook?"
        ) from error
    if not isinstance(answer, dict) or answer.get("status") not in ("accepted", "answered", "refused"):
        raise CommandError(
            "malformed", "the call neither accepted nor refused; does the worker run another version of offhook?"
        )
    return answer
