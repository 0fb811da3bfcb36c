"""The life of the call: room, people, session, line."""

from dataclasses import dataclass, field
from typing import Literal

from offhook.core.ending import Ending, EndReason, Limits, Scope
from offhook.core.ladder import Silence
from offhook.core.stall import DeadAir

__all__ = [
    "Accepted",
    "CallerBack",
    "CallerFound",
    "CallerLeft",
    "CallerMissing",
    "CallerStatus",
    "Connected",
    "Ended",
    "LineBack",
    "LineClosed",
    "LineFaded",
    "LineLost",
    "Others",
    "PlanFailed",
    "Planned",
    "SessionClosed",
    "SessionStarted",
]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The worker took the call; written by its main process before a job process runs."""

    room: str


@dataclass(frozen=True, slots=True)
class Connected:
    """The agent is in the room and can be reached by commands."""

    room: str
    identity: str


@dataclass(frozen=True, slots=True)
class CallerFound:
    """The person this call is about is in the room; a phone may still be ringing."""

    identity: str
    phone: bool
    active: bool
    name: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class CallerStatus:
    """The phone's call is ringing, active or over, as the SIP side says."""

    status: str


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller is no longer in the room."""

    reason: str


@dataclass(frozen=True, slots=True)
class CallerMissing:
    """The connection to the server was interrupted and is back; the caller is not there yet."""


@dataclass(frozen=True, slots=True)
class CallerBack:
    """The caller joined again."""


@dataclass(frozen=True, slots=True)
class Others:
    """So many people besides the caller and the agent are in the room now."""

    count: int


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan for this call is known."""

    greeting: str | None = None
    silence: Silence | None = None
    ending: Ending = field(default_factory=Ending)
    limits: Limits = field(default_factory=Limits)
    dead_air: DeadAir | None = field(default_factory=DeadAir)


@dataclass(frozen=True, slots=True)
class PlanFailed:
    """There is no plan for this call: the function raised, hung or returned something else."""

    error: str


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The AgentSession listens and can speak."""


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The AgentSession is over, whoever closed it."""

    reason: Literal["error", "job_shutdown", "participant_disconnected", "user_initiated", "task_completed"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class LineLost:
    """The agent is no longer connected to the room."""

    reason: str


@dataclass(frozen=True, slots=True)
class LineFaded:
    """Nothing gets through any more, not even silence: from the caller to us, or between us and the server."""

    side: Literal["caller", "server"]
    since: float


@dataclass(frozen=True, slots=True)
class LineBack:
    """A line that had faded carries sound again, after so long."""

    side: Literal["caller", "server"]
    seconds: float


@dataclass(frozen=True, slots=True)
class LineClosed:
    """The way out was taken: the room, the caller's leg or only the agent is gone."""

    scope: Scope
    already: bool = False
    attempts: int = 1
    left_open: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over, and why. The last fact of every call."""

    reason: EndReason
    detail: str = ""
    seconds: float = 0.0
