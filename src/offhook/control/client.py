"""The client that finds the running calls of all workers of a LiveKit server, and sends commands to these calls."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from offhook.control.api import Api, connect
from offhook.control.find import AgentInRoom, list_agents
from offhook.control.report import CommandReport
from offhook.control.running_call import RunningCall
from offhook.control.send import send_command
from offhook.core.commands import Role
from offhook.core.commands.keys import CommandKey
from offhook.core.errors import CommandError

__all__ = ["Client", "CommandReport", "RunningCall", "send_command"]


class Client:
    """A connection to one LiveKit server, for commands to its running calls.

    `by` is your name in the calls' journals. `role` limits the commands that this client may send. `url`, `key` and
    `secret` are the address, the API key and the API secret of the LiveKit server. If you omit one of them, the client
    reads its value from the settings. If you give a `command_key`, this key signs the commands instead of the API
    secret.

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
        """Return the agents in all rooms, including agents without offhook."""
        return await list_agents(self.api)

    async def calls(self) -> Sequence[Mapping[str, Any]]:
        """Return the states of all running calls, on all workers. See `RunningCall.state` for the contents of a state.

        The list has one state for each agent in each room. If an agent runs without offhook, or does not answer the
        client's request, its state has the field `error`.
        """
        return await asyncio.gather(*(self._state(agent) for agent in await self.agents()))

    async def _state(self, agent: AgentInRoom) -> Mapping[str, Any]:
        try:
            return await RunningCall(self, agent.room, found=agent).state()
        except CommandError as error:
            known = {"room": agent.room, "identity": agent.identity, "agent": agent.name, "call": agent.call}
            return {**known, "error": error.code, "detail": str(error)}

    def call(self, room: str, *, agent: str = "") -> RunningCall:
        """Return the call in this room. If the room has several agents, pass the identity of one agent as `agent`."""
        return RunningCall(self, room, agent=agent)
