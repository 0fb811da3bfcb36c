"""The state of a running call for operators: who the caller is, what the caller and the agent are doing, and the last
message.
"""

from collections.abc import Callable, Mapping
from typing import Any

from offhook.core.facts import (
    AgentHandoff,
    AgentStateChanged,
    CallerFound,
    CallerStateChanged,
    CallerStatus,
    Connected,
    EndCancelled,
    EndRequested,
    Fact,
    MessageCommitted,
    OtherParticipants,
    QuietChanged,
    ResponseTimed,
    SpeechRedacted,
    UsageUpdated,
)

__all__ = ["CallState"]

_LAST = 300
"""Maximum characters of the last message in the state. The state has only the end of a longer message."""


class CallState:
    """Collects the state from the facts of the call."""

    def __init__(self, call: str, clock: Callable[[], float], agent: str = "") -> None:
        self._clock = clock
        self._began = clock()
        self._state: dict[str, Any] = {
            "call": call,
            "room": "",
            "agent": agent,
            "caller": None,
            "agent_state": "initializing",
            "caller_state": "listening",
            "quiet": "",
            "ending": "",
            "others": 0,
            "turns": 0,
            "latency": None,
            "tokens": 0,
            "last": None,
        }

    def plain(self) -> Mapping[str, object]:
        """Return the state as JSON-ready data."""
        return {**self._state, "seconds": round(self._clock() - self._began, 1)}

    def notice(self, fact: Fact) -> None:
        """Update the state with one fact."""
        match fact:
            case MessageCommitted(role=role, text=text):
                self._state["last"] = {"who": role, "text": text[-_LAST:]}
                self._state["turns"] += role == "user"
            case EndRequested(reason=reason):
                self._state["ending"] = self._state["ending"] or reason
            case _ if (change := _CHANGES.get(type(fact))) is not None:
                self._state |= change(fact)


def _caller(fact: CallerFound) -> Mapping[str, object]:
    kind = "phone" if fact.phone else "web"
    caller = {"identity": fact.identity, "kind": kind, "number": fact.number, "name": fact.name}
    if not fact.direction:
        return {"caller": caller}
    dialled = fact.trunk_number if fact.direction == "inbound" else fact.number
    return {"caller": {**caller, "direction": fact.direction, "dialled": dialled, "trunk": fact.trunk}}


_CHANGES: Mapping[type, Callable[[Any], Mapping[str, object]]] = {
    Connected: lambda fact: {"room": fact.room, "identity": fact.identity},
    CallerFound: _caller,
    CallerStatus: lambda fact: {"phone_status": fact.status},
    OtherParticipants: lambda fact: {"others": fact.count},
    AgentHandoff: lambda fact: {"agent": fact.agent},
    AgentStateChanged: lambda fact: {"agent_state": fact.state},
    CallerStateChanged: lambda fact: {"caller_state": fact.state},
    QuietChanged: lambda fact: {"quiet": fact.mode},
    ResponseTimed: lambda fact: {"latency": round(fact.heard, 3)},
    UsageUpdated: lambda fact: {"tokens": fact.input_tokens + fact.output_tokens},
    SpeechRedacted: lambda _: {"last": None},
    EndCancelled: lambda _: {"ending": ""},
}
