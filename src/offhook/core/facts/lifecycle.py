"""Facts about the lifecycle of the call: job, plan, session, connection, end."""

from dataclasses import dataclass, field
from typing import Literal

from offhook.core.barge_in import BargeIn
from offhook.core.dead_air import DeadAir
from offhook.core.ending import Ending, EndReason, Limits, Scope
from offhook.core.facts.base import Fact
from offhook.core.ladder import Silence
from offhook.core.recording import Recording

__all__ = [
    "Connected",
    "Ended",
    "HangUpDone",
    "JobAccepted",
    "PlanFailed",
    "Planned",
    "RoomDisconnected",
    "RouteMatched",
    "SessionClosed",
    "SessionStarted",
]


@dataclass(frozen=True, slots=True)
class JobAccepted(Fact):
    """The worker accepted the job. The worker's main process writes this record before the job process runs.

    `agent` is the name with which LiveKit dispatches the agent. `resumes` is the id of the call that this call takes
    over, because that call's job process died.
    """

    room: str
    agent: str = ""
    resumes: str = ""


@dataclass(frozen=True, slots=True)
class Connected(Fact):
    """The agent is in the room and accepts commands.

    `agent` is the name with which LiveKit dispatches the agent. `version` is the value of the setting
    `OFFHOOK_AGENT_VERSION`.
    """

    room: str
    identity: str
    agent: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Planned(Fact):
    """The plan for this call is known. If this call's job process dies, a new agent takes over the call and says the
    text `takeover`.
    """

    greeting: str | None = None
    silence: Silence | None = None
    ending: Ending = field(default_factory=Ending)
    limits: Limits = field(default_factory=Limits)
    dead_air: DeadAir | None = field(default_factory=DeadAir)
    takeover: str | None = None
    barge_in: BargeIn | None = None
    recording: Recording | None = None


@dataclass(frozen=True, slots=True)
class PlanFailed(Fact):
    """There is no plan for this call: the plan function raised, timed out or did not return a `Plan`.

    If `reject` is True, the call ends without an apology, and an inbound phone call that is still ringing is not
    answered.
    """

    error: str
    reject: bool = False


@dataclass(frozen=True, slots=True)
class RouteMatched(Fact):
    """A route was chosen for this call. `route` is the name of the route, or "default"; `why` names the conditions that
    the call meets.
    """

    route: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class SessionStarted(Fact):
    """The AgentSession started: the agent receives audio and can speak."""


@dataclass(frozen=True, slots=True)
class SessionClosed(Fact):
    """The AgentSession is closed."""

    reason: Literal["error", "job_shutdown", "participant_disconnected", "user_initiated", "task_completed"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class RoomDisconnected(Fact):
    """The agent is no longer connected to the room."""

    reason: str


@dataclass(frozen=True, slots=True)
class HangUpDone(Fact):
    """The result of hanging up: the room is closed, the caller is removed, or only the agent left.

    `left_open` is the error if hanging up failed. `already`: the room was closed, or the caller was gone, before
    offhook hung up.
    """

    scope: Scope
    already: bool = False
    attempts: int = 1
    left_open: str = ""


@dataclass(frozen=True, slots=True)
class Ended(Fact):
    """The call ended for this reason. Later records of the call are only about a failed handler, the recording's file
    or a later analysis.
    """

    reason: EndReason
    detail: str = ""
    seconds: float = 0.0
