"""Settles a call whose job process has died: finds in the journal why the call ended, and which room or leg to close.
The result follows from the decisions and actions that were recorded before the process died. A person who may stay in
the room after the call is not removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from offhook.core.ending import EndReason, Scope
from offhook.core.facts import Ended
from offhook.core.record import Record
from offhook.journal.redact import REMOVED
from offhook.room.server_link import GAVE_UP

__all__ = ["CRASHED", "LostCall", "OrphanRoom", "Settlement", "settle"]

CRASHED: Final = "crashed: the job process died"
_CLOSED = ("room_deleted", "room_closed")
"""Disconnect reasons which mean that the server has closed the room."""
_BY_LIVEKIT = "livekit"
"""The value of `by` in the end request that offhook posts when LiveKit cancels the job. LiveKit also cancels the job
when the worker has died, so `settle` ignores this end request.
"""


@dataclass(frozen=True, slots=True)
class LostCall:
    """A call whose job process has died. `agent` is the identity of the call's agent, and `since` is the Unix time at
    which the process died.

    `resumes` is the id of an earlier lost call that this call took over; empty if there is none. `joined` is False if
    the agent never joined the room.
    """

    call: str
    room: str
    agent: str
    agent_name: str = ""
    since: float = 0.0
    resumes: str = ""
    joined: bool = True


@dataclass(frozen=True, slots=True)
class OrphanRoom:
    """A room that has lost its agent. If `scope` is "room", the worker closes the room; otherwise the worker removes
    only `caller`.

    `caller_may_return`: the agent lost its connection permanently, and the caller may join the room again. `unsure`:
    the journal does not say how the call ended. `only_alone`: the worker closes the room only if nobody except the
    caller is in the room. `takeover`: a new agent may take the call over. `turns` are the conversation so far, for this
    new agent. If an agent joined after the Unix time `since`, that agent has taken the call over.
    """

    call: str
    room: str
    agent: str
    caller: str = ""
    scope: Scope = "room"
    since: float = 0.0
    agent_name: str = ""
    caller_may_return: bool = False
    unsure: bool = False
    only_alone: bool = False
    joined: bool = False
    takeover: bool = False
    turns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """`ended` is the fact to record; None if the journal already has an `Ended` fact. `orphan` is the room or leg to
    close; None if there is nothing to close.
    """

    ended: Ended | None
    orphan: OrphanRoom | None


def settle(records: Sequence[Record], lost: LostCall) -> Settlement:
    """Return how this call ended. `records` are all readable records of the call's journal; there may be none."""
    story = _Story(records, lost)
    if story.last("Ended") is not None:
        return Settlement(None, story.left_open())
    reason, detail = story.reason()
    seconds = round(records[-1].elapsed, 3) if records else 0.0
    ended = Ended(reason, detail="; ".join(filter(None, (detail, CRASHED))), seconds=seconds)
    return Settlement(ended, story.orphan())


class _Story:
    """The summary of one call's journal."""

    def __init__(self, records: Sequence[Record], lost: LostCall) -> None:
        self._records = records
        self._lost = lost
        self._hang_up = self.last("HangUp", kind="decision")
        self._done = self.last("HangUpDone")
        self._request = self._end_request()
        planned = self.last("Planned")
        self._scope: Scope = _scope((planned or {}).get("ending"))
        dialled = self.last("DialRequested") is not None
        self._takeover = not dialled and (planned is None or bool(planned.get("takeover")))

    def last(self, name: str, kind: str = "fact") -> Mapping[str, Any] | None:
        return next((one.body for one in reversed(self._records) if one.name == name and one.kind == kind), None)

    def _end_request(self) -> Mapping[str, Any] | None:
        """Return the first end request that counts, or None.

        A cancelled request and LiveKit's own request do not count. A failed plan counts as a request with the reason
        "error". So does a closed session, except if it closed because of a job shutdown.
        """
        request: Mapping[str, Any] | None = None
        for record in self._records:
            if record.name == "EndCancelled":
                request = None
            elif record.name == "EndRequested" and record.body.get("by") != _BY_LIVEKIT:
                request = request or record.body
            elif record.name in ("PlanFailed", "SessionClosed") and record.body.get("reason") != "job_shutdown":
                request = request or {"reason": "error", "detail": record.body.get("error", "")}
        return request

    def reason(self) -> tuple[EndReason, str]:
        decided = self._hang_up or self._request
        if decided is not None:
            return cast("EndReason", decided.get("reason") or "error"), str(decided.get("detail") or "")
        return ("room_closed", self._disconnected()) if self._disconnected() in (*_CLOSED, GAVE_UP) else ("error", "")

    def left_open(self) -> OrphanRoom | None:
        """Return the room that an ended call left open, or None. A room is left open if the hang-up failed, or if the
        agent lost its connection permanently.
        """
        if self._done is not None:
            return self._orphan(self._done.get("scope")) if self._done.get("left_open") else None
        if self._hang_up is not None:
            return self._orphan(self._hang_up.get("scope")) if self._gave_up() else None
        return self._orphan("caller", may_return=True) if self._caller() and self._gave_up() else None

    def orphan(self) -> OrphanRoom | None:
        """Return the room of a call without an `Ended` fact in the journal; None if there is nothing to close."""
        if self._done is not None or self._disconnected() in _CLOSED:
            return self.left_open()
        if self._hang_up is not None:
            return self._orphan(self._hang_up.get("scope"))
        if self._request is not None:
            return self._orphan(self._request.get("scope") or self._scope)
        if self._gave_up():
            return self.left_open()
        return self._crashed()

    def _crashed(self) -> OrphanRoom:
        """Return the room of a call without an end request. The process died before such a request, or the journal has
        lost the later records.
        """
        return OrphanRoom(
            **self._common(),
            scope="caller" if self._scope == "caller" and self._caller() else "room",
            unsure=True,
            only_alone=self._scope == "agent",
            joined=self.last("Connected") is not None or not self._records,
            takeover=self._takeover and bool(self._records) and not self._lost.resumes,
            turns=_turns(self._records),
        )

    def _orphan(self, scope: object, *, may_return: bool = False) -> OrphanRoom | None:
        if scope == "agent":
            return None
        chosen: Scope = "caller" if scope == "caller" and self._caller() else "room"
        return OrphanRoom(**self._common(), scope=chosen, caller_may_return=may_return)

    def _common(self) -> dict[str, Any]:
        lost = self._lost
        since = self._records[-1].at if self._records else lost.since
        named = {"call": lost.call, "room": lost.room, "agent": lost.agent, "agent_name": lost.agent_name}
        return {**named, "caller": self._caller(), "since": since}

    def _caller(self) -> str:
        """Return the identity of the first caller, or an empty string if no caller joined."""
        return next((str(one.body.get("identity", "")) for one in self._records if one.name == "CallerFound"), "")

    def _disconnected(self) -> str:
        return str((self.last("RoomDisconnected") or {}).get("reason", ""))

    def _gave_up(self) -> bool:
        """True if the agent lost its connection to the room and stopped reconnecting."""
        return self._disconnected() == GAVE_UP


def _scope(ending: object) -> Scope:
    scope = ending.get("scope") if isinstance(ending, Mapping) else None
    return cast("Scope", scope) if scope in ("agent", "caller") else "room"


def _turns(records: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    said = (one.body for one in records if one.name == "MessageCommitted")
    pairs = ((str(one.get("role", "")), one.get("text")) for one in said)
    return tuple(
        (role, text)
        for role, text in pairs
        if role in ("user", "assistant") and isinstance(text, str) and text not in REMOVED
    )
