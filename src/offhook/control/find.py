"""Finds the running calls of all workers: lists the agents in all rooms of the server."""

import asyncio
import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from livekit import api as lk

from offhook.control.api import Api
from offhook.control.rooms import request_errors
from offhook.core.errors import CommandError, RoomError

__all__ = ["AgentInRoom", "find_agent", "list_agents"]

_PREFIX = "agent-AJ_"
"""The start of an agent's default identity. The identity is `agent-` followed by the job id, which starts with `AJ_`.
A worker's code may choose another identity.
"""
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class AgentInRoom:
    """An agent in a room. `call` is the agent's job id, which is also the id of the call.

    `caller` is the identity of a person in the room who may speak, or "" if there is no such person.
    """

    room: str
    identity: str
    call: str
    name: str = ""
    caller: str = ""


async def list_agents(api: Api) -> Sequence[AgentInRoom]:
    """Return the agents in all rooms, sorted by the name of the room."""
    with _unreachable(), request_errors(api):
        rooms = sorted(one.name for one in await api.list_rooms())
        limit = asyncio.Semaphore(_AT_ONCE)

        async def agents(room: str) -> Sequence[AgentInRoom]:
            async with limit:
                return await _agents(api, room)

        return [agent for found in await asyncio.gather(*map(agents, rooms)) for agent in found]


async def find_agent(api: Api, room: str, identity: str = "") -> AgentInRoom:
    """Return the agent in this room. If the room has several agents, pass the `identity` of one agent.

    Raises `CommandError` with the code no_room, no_agent, two_agents or unreachable.
    """
    with _unreachable(), request_errors(api):
        found = await _agents(api, room)
        if not found:
            raise await _nobody(api, room)
    chosen = [one for one in found if identity in ("", one.identity)]
    names = ", ".join(one.identity for one in found)
    if not chosen:
        raise CommandError("no_agent", f"no agent {identity!r} is in room {room!r}; there is: {names}")
    if len(chosen) > 1:
        raise CommandError(
            "two_agents", f"room {room!r} has {len(found)} agents ({names}); choose one with its identity"
        )
    return chosen[0]


@contextmanager
def _unreachable() -> Iterator[None]:
    try:
        yield
    except RoomError as error:
        raise CommandError("unreachable", str(error)) from error


async def _agents(api: Api, room: str) -> Sequence[AgentInRoom]:
    people = await api.list_participants(room)
    agents = [one for one in people if one.kind == lk.ParticipantInfo.Kind.AGENT]
    caller = next((one.identity for one in people if _may_speak(one)), "")
    jobs = {} if all(one.identity.startswith(_PREFIX) for one in agents) else await _jobs(api, room)
    return [
        AgentInRoom(
            room,
            one.identity,
            jobs.get(one.identity, one.identity.removeprefix("agent-")),
            one.attributes.get("lk.agent.name", ""),
            caller,
        )
        for one in agents
    ]


def _may_speak(one: lk.ParticipantInfo) -> bool:
    """Return True for a person who can be the caller: not hidden, and with the right to publish."""
    person = one.kind in (lk.ParticipantInfo.Kind.STANDARD, lk.ParticipantInfo.Kind.SIP)
    return person and one.permission.can_publish and not one.permission.hidden


async def _jobs(api: Api, room: str) -> dict[str, str]:
    """Return a mapping from each agent's identity to the agent's job id."""
    dispatches = await api.services.agent_dispatch.list_dispatch(room)
    return {
        job.state.participant_identity: job.id
        for one in dispatches
        for job in one.state.jobs
        if job.state.participant_identity
    }


async def _nobody(api: Api, room: str) -> CommandError:
    rooms = [one.name for one in await api.list_rooms()]
    if room in rooms:
        return CommandError("no_agent", f"room {room!r} has no agent: none was dispatched, or its call has ended")
    near = difflib.get_close_matches(room, rooms, n=1, cutoff=0.7)
    hint = f"did you mean {near[0]!r}?" if near else f"{len(rooms)} rooms are open"
    return CommandError("no_room", f"there is no room {room!r}, or its call has ended; {hint}")
