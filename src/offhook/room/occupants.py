"""Counts the participants of a room whose call has lost its agent, and chooses what to do with the room."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

from livekit.protocol.models import ParticipantInfo

from offhook.room.settlement import OrphanRoom

__all__ = ["Occupants", "Remedy", "company", "remedy_for"]

_KIND = ParticipantInfo.Kind
_ON_BEHALF = "lk.publish_on_behalf"
_PEOPLE = (_KIND.STANDARD, _KIND.SIP, _KIND.CONNECTOR)

Remedy = Literal["nothing", "wait", "take over", "remove the caller", "close the room"]


@dataclass(frozen=True, slots=True)
class Occupants:
    """The participants of a room that has lost its agent.

    `caller`: the caller is in the room; if the journal names no caller, any person counts as the caller. `others` is
    the number of other people. `agent`: LiveKit still lists the agent of the lost call. A killed agent stays in
    LiveKit's list for 20 s; an agent that left by itself disappears from the list at once. `successor`: another agent
    joined after the loss. An agent that joined before the loss is no successor, because that agent has another task. An
    avatar is no successor either.
    """

    caller: bool = False
    others: int = 0
    agent: bool = False
    successor: bool = False

    @classmethod
    def of(cls, people: Iterable[ParticipantInfo], orphan: OrphanRoom) -> Self:
        there = list(people)
        callers = _people(there)
        known = [one for one in callers if one.identity == orphan.caller]
        agents = _agents(there)
        return cls(
            caller=bool(known if orphan.caller else callers),
            others=len(callers) - (len(known) if orphan.caller else min(1, len(callers))),
            agent=any(one.identity == orphan.agent for one in agents),
            successor=any(one.identity != orphan.agent and _joined(one) > orphan.since for one in agents),
        )


def company(there: Iterable[ParticipantInfo]) -> int:
    """Return the number of people and agents. A recorder does not count, and neither does an avatar that speaks for an
    agent.
    """
    everybody = list(there)
    return len(_people(everybody)) + len(_agents(everybody))


def _people(there: Iterable[ParticipantInfo]) -> list[ParticipantInfo]:
    return [one for one in there if one.kind in _PEOPLE and _ON_BEHALF not in one.attributes]


def _agents(there: Iterable[ParticipantInfo]) -> list[ParticipantInfo]:
    return [one for one in there if one.kind == _KIND.AGENT and _ON_BEHALF not in one.attributes]


def _joined(one: ParticipantInfo) -> float:
    """Return the Unix time at which the participant joined."""
    return one.joined_at_ms / 1000 if one.joined_at_ms else float(one.joined_at)


def remedy_for(orphan: OrphanRoom, there: Occupants, *, early: bool) -> Remedy:
    """Return what to do with the room. `early` is True during the time in which LiveKit still lists a killed agent."""
    if there.successor:
        return "nothing"
    if orphan.caller_may_return and not there.caller:
        return "wait"
    left = orphan.unsure and orphan.joined and early and not there.agent
    if left and there.others:
        return "nothing"  # the agent left by itself, and other people may talk with the caller
    if orphan.takeover and there.caller and not left:
        return "take over"
    if orphan.only_alone and (left or there.others):
        return "nothing"
    if orphan.scope == "caller":
        return "remove the caller" if there.caller else "nothing"
    return "close the room"
