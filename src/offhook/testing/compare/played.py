"""The results of one run of a call, in a form that can be compared with another run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from offhook.core.dead_air import DeadAir
from offhook.core.record import Record
from offhook.testing.compare.model import Request

__all__ = ["Line", "Played", "Way", "filler"]

Way = Literal["ours", "alone"]
"""How a call is played: with offhook ("ours") or with LiveKit alone ("alone")."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that the caller heard; `began` is in seconds since the caller joined."""

    began: float
    text: str


@dataclass(frozen=True)
class Played:
    """The events of one call; times are in seconds since the caller joined."""

    requests: Sequence[Request]
    tools: Sequence[tuple[float, str]]
    lines: Sequence[Line]
    sound: Sequence[tuple[float, float]]
    """Begin and end of each sound on the session's own track."""
    beside: Sequence[tuple[float, float]]
    """Begin and end of each sound on the other tracks."""
    busy: Sequence[tuple[float, float]]
    """Begin and end of each period in which the agent's own code or the agent's model was working."""
    raised: Sequence[float]
    """The times at which a hook or an `on_enter` raised an error. After such an error, offhook answers the caller, but
    LiveKit alone does not.
    """
    stopped: Sequence[float]
    """The times at which a hook stopped the caller's turn, so that no answer follows."""
    caller: Sequence[tuple[float, float, str]]
    records: Sequence[Record]
    zero: float
    """The Unix time at which the caller joined."""
    reason: str
    detail: str
    """Why the call ended, in words."""
    seconds: float
    picture: str
    turns: Sequence[tuple[float, str]] = ()
    """The caller's turns that the agent's `on_user_turn_completed` received; empty if the spec has no hook."""
    followed: Sequence[int] = ()
    """The sequence numbers of the records that a follower received."""
    error: str = ""


def filler(text: str) -> bool:
    """True for a filler, or for the beginning of a filler that the answer cut off."""
    return any(line.startswith(text.strip()) for line in DeadAir().fillers)
