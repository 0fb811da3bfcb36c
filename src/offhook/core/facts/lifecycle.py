"""Facts about the lifecycle of the call: room, participants, session, connection, end."""

from dataclasses import dataclass, field
from typing import Literal

from offhook.core.dead_air import DeadAir
from offhook.core.ending import Ending, EndReason, Limits, Scope
from offhook.core.ladder import Silence

__all__ = [
    "CallerAbsent",
    "CallerFound",
    "CallerLeft",
    "CallerRejoined",
    "CallerStatus",
    "Connected",
    "Ended",
    "HangUpDone",
    "JobAccepted",
    "LineMeasured",
    "LineTurnedBad",
    "MediaLost",
    "MediaRestored",
    "OtherParticipants",
    "PlanFailed",
    "Planned",
    "RoomDisconnected",
    "RouteMatched",
    "SessionClosed",
    "SessionStarted",
]


@dataclass(frozen=True, slots=True)
class JobAccepted:
    """The worker accepted the job. The worker's main process writes this record before the job process runs.

    `agent` is the name with which LiveKit dispatches the agent. `resumes` is the id of the call that this call takes
    over, because that call's job process died.
    """

    room: str
    agent: str = ""
    resumes: str = ""


@dataclass(frozen=True, slots=True)
class Connected:
    """The agent is in the room and accepts commands.

    `agent` is the name with which LiveKit dispatches the agent. `version` is `OFFHOOK_AGENT_VERSION`.
    """

    room: str
    identity: str
    agent: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class CallerFound:
    """The caller is in the room; a phone may still be ringing (`active` is False).

    Only a phone has the fields after `number`. `trunk_number` is our number: the number or name that an inbound caller
    dialled, or the number from which the agent dialled. `sip_call` is LiveKit's id of the SIP call, and
    `full_sip_call` is the Call-ID of the SIP dialog.
    """

    identity: str
    phone: bool
    active: bool
    name: str = ""
    number: str = ""
    direction: Literal["inbound", "outbound", ""] = ""
    trunk_number: str = ""
    trunk: str = ""
    rule: str = ""
    sip_call: str = ""
    status: str = ""
    full_sip_call: str = ""


@dataclass(frozen=True, slots=True)
class CallerStatus:
    """The SIP call status of the caller's phone, such as ringing, active or hangup."""

    status: str


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller is no longer in the room. `successor`: another phone call now has the caller's identity."""

    reason: str
    successor: bool = False


@dataclass(frozen=True, slots=True)
class CallerAbsent:
    """The caller is absent and may rejoin.

    Without a `reason`, the connection to the server was interrupted. With a `reason`, another session of the same
    identity replaces the caller's session.
    """

    reason: str = ""


@dataclass(frozen=True, slots=True)
class CallerRejoined:
    """The caller joined again."""


@dataclass(frozen=True, slots=True)
class OtherParticipants:
    """The number of participants in the room besides the caller and this agent; `agents` counts other agents."""

    count: int
    agents: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan for this call is known. `takeover` is what a new agent says if this call's job process dies."""

    greeting: str | None = None
    silence: Silence | None = None
    ending: Ending = field(default_factory=Ending)
    limits: Limits = field(default_factory=Limits)
    dead_air: DeadAir | None = field(default_factory=DeadAir)
    takeover: str | None = None


@dataclass(frozen=True, slots=True)
class PlanFailed:
    """There is no plan for this call: the plan function raised, timed out or did not return a `Plan`.

    If `reject` is True, the call ends without an apology. A phone that still rings is not answered.
    """

    error: str
    reject: bool = False


@dataclass(frozen=True, slots=True)
class RouteMatched:
    """A route was chosen for this call. `route` is the name of the route, or "default"; `why` has what matched."""

    route: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The AgentSession started: it receives audio and can speak."""


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """The AgentSession is closed."""

    reason: Literal["error", "job_shutdown", "participant_disconnected", "user_initiated", "task_completed"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class RoomDisconnected:
    """The agent is no longer connected to the room."""

    reason: str


@dataclass(frozen=True, slots=True)
class MediaLost:
    """No packets arrive any more from the caller or from the server (`side`), not even packets with silence."""

    side: Literal["caller", "server"]
    since: float


@dataclass(frozen=True, slots=True)
class MediaRestored:
    """Packets arrive again; `seconds` is the length of the loss."""

    side: Literal["caller", "server"]
    seconds: float


@dataclass(frozen=True, slots=True)
class LineTurnedBad:
    """The caller's line is bad since `since`, over ten seconds: words may be lost.

    `loss` is the share of lost packets, and `concealed` the share of audio that the receiver had to make up. Both
    contain losses between the caller and the server and between the server and the agent. `round_trip_ms` is only that
    between the agent and the server.
    """

    since: float
    loss: float
    jitter_ms: float
    concealed: float
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class LineMeasured:
    """The quality of the caller's line over the call. The values are those of `LineTurnedBad`.

    `jitter_ms` and `round_trip_ms` are medians; `seconds` is the time that was measured.
    """

    seconds: float
    packets: int
    loss: float
    jitter_ms: float
    jitter_max_ms: float
    concealed: float
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class HangUpDone:
    """The result of hanging up: the room is closed, the caller is removed, or only the agent left.

    `left_open` is the error if hanging up failed. `already`: there was nothing left to close.
    """

    scope: Scope
    already: bool = False
    attempts: int = 1
    left_open: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The call ended for this reason. This is the last fact of every call."""

    reason: EndReason
    detail: str = ""
    seconds: float = 0.0
