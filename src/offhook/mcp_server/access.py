"""The access of the person who sends a request: a `Client`, which sends this person's commands to a call, and a role,
which limits the commands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp.types import CallToolResult

from offhook.control import Client, RunningCall
from offhook.core.commands import COMMANDS, Command, Query, Role, allowed, parse_command
from offhook.core.errors import CommandError
from offhook.mcp_server.answers import answered, reported
from offhook.mcp_server.tools import LIST_CALLS, RESERVED

__all__ = ["Access", "WhoAsks"]

WAIT = 50.0
"""Seconds to wait for the final result of a command. Many MCP clients wait at most 60 s for a tool."""


@dataclass(frozen=True, slots=True)
class Access:
    """The access of one person. `client` sends `role` with each command, so the call checks `role` again."""

    client: Client
    role: Role

    async def use(self, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Run a tool. Raises `CommandError` if the role does not permit the tool, if an argument is wrong, or if the
        call refuses or does not answer.
        """
        if tool == LIST_CALLS:
            _refuse(tool, *arguments)
            return answered({"calls": list(await self.client.calls())})
        kind = COMMANDS.get(tool)
        if kind is not None and not allowed(kind, role=self.role, names=None):
            raise CommandError("forbidden", f"{tool!r} needs the role {kind.role}; this server gives you {self.role}")
        own = {name: value for name, value in arguments.items() if name not in RESERVED}
        _refuse(tool, *(name for name in own if name == "name"))  # the verb is the tool's name, not an argument
        command = parse_command({**own, "name": tool})
        room, agent, command_id = (_text(tool, name, arguments) for name in RESERVED)
        if not room:
            raise CommandError("malformed", f"{tool}: room: give the room of the call; `{LIST_CALLS}` returns it")
        return await _send(self.client.call(room, agent=agent), command, command_id)


WhoAsks = Callable[[], Access]
"""Returns the `Access` of the person who sent the current request."""


async def _send(call: RunningCall, command: Command, command_id: str) -> CallToolResult:
    if isinstance(command, Query):
        _refuse(command.name, *(["id"] if command_id else []))
        return answered(await call.query(command))
    return reported(await call.send(command, id=command_id, timeout=WAIT))


def _text(tool: str, name: str, arguments: Mapping[str, Any]) -> str:
    value = arguments.get(name, "")
    if not isinstance(value, str):
        raise CommandError("malformed", f"{tool}: {name}: this must be a string")
    return value


def _refuse(tool: str, *names: str) -> None:
    """Raise an error for the first of these arguments, because the tool accepts none of them."""
    for name in names:
        raise CommandError("malformed", f"{tool}: unknown field {name[:80]!r}")
