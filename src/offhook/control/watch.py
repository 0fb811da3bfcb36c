"""Watches all rooms of a server. If no agent has joined a caller, the watch dispatches the agent again, once.

LiveKit drops a dispatch that no worker takes, and reports this to nobody. The dispatch stays listed without a job.
livekit-server 1.13.5 does this, even for agents without a name. The server lists a job up to 1.5 s late.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from livekit import api as lk

from offhook.control.api import Api
from offhook.control.dispatch import dispatch
from offhook.core.errors import DispatchError

__all__ = ["SHORTEST", "Finding", "RoomWatch"]

SHORTEST = 3.0
"""A dispatch counts as dropped after this many seconds without a job, because a job is listed up to 1.5 s late."""

What = Literal["unanswered", "dispatched", "closed", "alone"]
_PEOPLE = (lk.ParticipantInfo.Kind.STANDARD, lk.ParticipantInfo.Kind.SIP, lk.ParticipantInfo.Kind.CONNECTOR)


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding or the action of the watch in one room, after a person was alone in the room for `seconds`.

    "unanswered": no worker took the call (`report_only`). "dispatched": an agent was dispatched again, and has joined.
    "closed": the room was closed. "alone": an agent was there, and has left or died.
    """

    what: What
    room: str
    seconds: float
    detail: str = ""


@dataclass(slots=True)
class _Alone:
    """A room in which one person is alone. `seen` maps each dispatch to the time at which the watch first found it."""

    since: float
    seen: dict[str, float] = field(default_factory=dict)
    told: set[What] = field(default_factory=set)


class RoomWatch:
    """Checks the rooms of a server. Two programs may watch the same server.

    `after`: the agent is dispatched again if a caller has waited for this many seconds (at least `SHORTEST`). If no
    agent joins within the same time, the watch closes the room. `close_alone`: if the agent has left or died, the watch
    closes the room after one person was alone for this many seconds. The default is None, which never closes such a
    room, because the server does not say whether the agent left on purpose.
    """

    def __init__(
        self,
        api: Api,
        *,
        after: float = 10.0,
        close_alone: float | None = None,
        report_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api, self._clock = api, clock
        self._after = after
        self._close_alone = close_alone
        self._report_only = report_only
        self._alone: dict[str, _Alone] = {}

    async def look(self) -> list[Finding]:
        """Check all rooms once, and do everything that is due. Raises the errors of the server's API."""
        now = self._clock()
        alone = [room.name for room in await self._api.list_rooms() if room.num_participants == 1]
        self._alone = {room: self._alone.get(room) or _Alone(now) for room in alone}
        due = [room for room, one in self._alone.items() if now - one.since >= self._after - SHORTEST]
        findings = await asyncio.gather(*(self._examine(room, now) for room in due))
        return [one for one in findings if one is not None]

    async def _examine(self, room: str, now: float) -> Finding | None:
        people = await self._api.list_participants(room)
        if len(people) != 1 or people[0].kind not in _PEOPLE:
            return None
        sent = await self._api.list_dispatches(room)
        if not sent:
            return None  # nobody asked for an agent
        one = self._alone[room]
        seconds = now - one.since
        one.seen = {dispatch.id: one.seen.get(dispatch.id, now) for dispatch in sent}
        if seconds < self._after or now - max(one.seen.values()) < SHORTEST:
            return None  # another watch has just dispatched, or a worker has just taken the call
        if any(dispatch.state.jobs for dispatch in sent):
            return await self._left_alone(room, one, seconds)
        if self._report_only:
            return _once(one, Finding("unanswered", room, seconds, _named(sent)))
        return await self._answer(room, sent, seconds)

    async def _answer(self, room: str, sent: Sequence[lk.AgentDispatch], seconds: float) -> Finding | None:
        """Dispatch each agent again, in place of its dropped dispatch. If none joins, close the room."""
        results = await asyncio.gather(*(self._again(room, one) for one in sent))
        if any(result is None for result in results):
            return None  # another watch has dispatched
        joined = [result for result in results if result and not isinstance(result, DispatchError)]
        if joined:
            return Finding("dispatched", room, seconds, ", ".join(joined))
        await self._api.delete_room(room)
        return Finding("closed", room, seconds, str(results[0]))

    async def _again(self, room: str, dropped: lk.AgentDispatch) -> str | DispatchError | None:
        """Return the identity of the agent that joined, or the error; None if the dropped dispatch no longer exists."""
        try:
            await self._api.services.agent_dispatch.delete_dispatch(dropped.id, room)
        except lk.ServerError as error:
            if error.code != lk.ServerErrorCode.NOT_FOUND:
                raise
            return None
        wanted = {"metadata": dropped.metadata, "attributes": dict(dropped.attributes), "timeout": self._after}
        try:
            return (await dispatch(self._api, room=room, agent=dropped.agent_name, **wanted)).identity  # type: ignore[arg-type]  # by name
        except DispatchError as error:
            return error

    async def _left_alone(self, room: str, one: _Alone, seconds: float) -> Finding | None:
        if self._close_alone is None or self._report_only or seconds < self._close_alone:
            return _once(one, Finding("alone", room, seconds))
        await self._api.delete_room(room)
        return Finding("closed", room, seconds, "its agent has left or died")


def _once(one: _Alone, finding: Finding) -> Finding | None:
    """Return the finding, or None if the watch has already reported it for this room."""
    if finding.what in one.told:
        return None
    one.told.add(finding.what)
    return finding


def _named(sent: Sequence[lk.AgentDispatch]) -> str:
    return ", ".join(repr(one.agent_name) if one.agent_name else "an agent without a name" for one in sent)
