"""Watches all rooms of a server. If a caller waits and no agent has joined, the watch dispatches the agent once more.

If no worker takes a dispatch, LiveKit drops the dispatch without reporting this to anybody. In livekit-server 1.13.5,
the list of dispatches still contains the dropped dispatch, without a job, even if the agent has no name. If a worker
takes a dispatch, the job appears in the list up to 1.5 s later.
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
"""A dispatch counts as dropped after this many seconds without a job. The server may list a job up to 1.5 s late."""

What = Literal["unanswered", "dispatched", "closed", "alone"]
_PEOPLE = (lk.ParticipantInfo.Kind.STANDARD, lk.ParticipantInfo.Kind.SIP, lk.ParticipantInfo.Kind.CONNECTOR)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the watch found or did in one room, after a person had been alone in the room for `seconds`.

    "unanswered": no worker took the call, and the watch did nothing (`report_only`). "dispatched": the watch dispatched
    an agent again, and the agent has joined. "closed": the watch closed the room. "alone": an agent was in the room,
    and has left or died.
    """

    what: What
    room: str
    seconds: float
    detail: str = ""


@dataclass(slots=True)
class _Alone:
    """A room in which one person is alone. `seen` maps each dispatch id to the time when the watch first saw the id."""

    since: float
    seen: dict[str, float] = field(default_factory=dict)
    told: set[What] = field(default_factory=set)


class RoomWatch:
    """Checks the rooms of a server. Several programs may watch the same server at the same time.

    `after`: if a caller has waited for an agent for this many seconds (at least `SHORTEST`), the watch dispatches the
    agent again. If no agent joins within another `after` seconds, the watch closes the room. `close_alone`: if the
    agent has left or died, the watch closes the room when one person has been alone for this many seconds. By default
    (None), the watch never closes such a room, because the server does not say whether the agent left on purpose.
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
        """Check all rooms once; dispatch agents and close rooms if necessary. Raises the errors of the server's API."""
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
            return None  # nobody has dispatched an agent to this room
        one = self._alone[room]
        seconds = now - one.since
        one.seen = {dispatch.id: one.seen.get(dispatch.id, now) for dispatch in sent}
        if seconds < self._after or now - max(one.seen.values()) < SHORTEST:
            return None  # the person waited less than `after`, or a worker may still take the newest dispatch
        if any(dispatch.state.jobs for dispatch in sent):
            return await self._left_alone(room, one, seconds)
        if self._report_only:
            return _once(one, Finding("unanswered", room, seconds, _named(sent)))
        return await self._answer(room, sent, seconds)

    async def _answer(self, room: str, sent: Sequence[lk.AgentDispatch], seconds: float) -> Finding | None:
        """Replace each dropped dispatch with a new dispatch. If no agent joins, close the room."""
        results = await asyncio.gather(*(self._again(room, one) for one in sent))
        if any(result is None for result in results):
            return None  # another watch has replaced the dropped dispatch
        joined = [result for result in results if result and not isinstance(result, DispatchError)]
        if joined:
            return Finding("dispatched", room, seconds, ", ".join(joined))
        await self._api.delete_room(room)
        return Finding("closed", room, seconds, str(results[0]))

    async def _again(self, room: str, dropped: lk.AgentDispatch) -> str | DispatchError | None:
        """Replace a dropped dispatch with a new dispatch. Return the identity of the agent that joined, or the error.

        Return None if the dropped dispatch no longer exists.
        """
        try:
            await self._api.services.agent_dispatch.delete_dispatch(dropped.id, room)
        except lk.ServerError as error:
            if error.code != lk.ServerErrorCode.NOT_FOUND:
                raise
            return None
        wanted = {"metadata": dropped.metadata, "attributes": dict(dropped.attributes), "timeout": self._after}
        try:
            return (await dispatch(self._api, room=room, agent=dropped.agent_name, **wanted)).identity  # type: ignore[arg-type]  # keyword arguments
        except DispatchError as error:
            return error

    async def _left_alone(self, room: str, one: _Alone, seconds: float) -> Finding | None:
        if self._close_alone is None or self._report_only or seconds < self._close_alone:
            return _once(one, Finding("alone", room, seconds))
        await self._api.delete_room(room)
        return Finding("closed", room, seconds, "its agent has left or died")


def _once(one: _Alone, finding: Finding) -> Finding | None:
    """Return the finding, or None if the watch has already reported this finding for the room."""
    if finding.what in one.told:
        return None
    one.told.add(finding.what)
    return finding


def _named(sent: Sequence[lk.AgentDispatch]) -> str:
    return ", ".join(repr(one.agent_name) if one.agent_name else "an agent without a name" for one in sent)
