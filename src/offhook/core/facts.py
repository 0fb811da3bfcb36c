"""What can happen on a call. Facts only: plain data, no behaviour.

Times named `since` are seconds on the supervisor's monotonic clock; durations are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from offhook.core.ending import Ending, EndReason, Limits, Scope
from offhook.core.ladder import Silence
from offhook.core.stall import DeadAir
from offhook.core.verbs import Verb

__all__ = [
    "FACTS",
    "Accepted",
    "AgentTurned",
    "Applied",
    "AwayWanted",
    "CallerBack",
    "CallerFound",
    "CallerLeft",
    "CallerMissing",
    "CallerStatus",
    "CallerTurned",
    "Commanded",
    "Connected",
    "ContextReset",
    "Did",
    "EndCancelled",
    "EndWanted",
    "Ended",
    "Fact",
    "Failed",
    "Forgotten",
    "HandedOver",
    "HandlerFailed",
    "Heard",
    "HookRan",
    "InstructionsChanged",
    "KeyPressed",
    "LineClosed",
    "LineLost",
    "MessageAdded",
    "ModelFailed",
    "Others",
    "PauseChanged",
    "PlanFailed",
    "Planned",
    "Said",
    "SessionClosed",
    "SessionStarted",
    "SilenceChanged",
    "Spoken",
    "Tick",
    "ToolEnded",
    "ToolStarted",
    "Turn",
    "Unspoken",
    "Used",
    "VoiceStalled",
    "Warned",
]


@dataclass(frozen=True, slots=True)
class Tick:
    """A policy's deadline has come."""


# The life of the call -------------------------------------------------------------------------------------------


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


# What is said ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentTurned:
    """The agent is now in this state."""

    state: Literal["initializing", "idle", "listening", "thinking", "speaking"]
    since: float


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Another agent talks from here on: a handoff, or a task inside a tool that begins or is done."""

    agent: str


@dataclass(frozen=True, slots=True)
class CallerTurned:
    """The caller is now in this state, as the voice detector sees it; `since` is back-dated to the last speech."""

    state: Literal["speaking", "listening", "away"]
    since: float


@dataclass(frozen=True, slots=True)
class Heard:
    """The recogniser gave us words."""

    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A message entered the conversation; the agent's text is what was really heard of it."""

    role: Literal["user", "assistant", "system", "developer"]
    text: str
    interrupted: bool = False
    answered_in: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """How long the caller waited for an answer: `heard` seconds from their last sound to the agent's first.

    Of these, `committed` until it was clear that they had finished, `model` until its first word, `voice` until its
    first sound; None where nobody knows, as with a Realtime model.
    """

    heard: float
    committed: float | None = None
    model: float | None = None
    voice: float | None = None


@dataclass(frozen=True, slots=True)
class Unspoken:
    """These words of the agent's are in no ear: the voice says that it has said them, and gave no sound for them."""

    text: str
    heard: float = 0.0


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line we asked for has been played, was cut short, or could not be said."""

    tag: str
    interrupted: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """The model called a tool."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolEnded:
    """The tool returned, failed or was cancelled."""

    id: str
    status: Literal["done", "error", "cancelled"]
    output: str = ""


@dataclass(frozen=True, slots=True)
class Did:
    """Something other than speaking that a policy asked for is done, or could not be done."""

    tag: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """What the models have used on this call so far, all of them together; seconds of audio."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    characters: int = 0
    heard: float = 0.0
    spoken: float = 0.0


# What goes wrong ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """A model (ears, brain or voice) reported an error; LiveKit may still recover."""

    stage: str
    recoverable: bool
    error: str


@dataclass(frozen=True, slots=True)
class VoiceStalled:
    """The agent's voice broke off in mid-sentence: nothing more comes from it, and nothing says that it is done."""

    since: float
    heard: float = 0.0


@dataclass(frozen=True, slots=True)
class HandlerFailed:
    """Somebody's event handler raised; the call went on."""

    event: str
    error: str


@dataclass(frozen=True, slots=True)
class HookRan:
    """A function of the plan's that runs after the call is done, or was given up."""

    name: str
    seconds: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something about this call is not as it should be, and the call goes on."""

    text: str


# What is wanted -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EndWanted:
    """Someone (a tool, code, a policy, a command) wants the call to end."""

    reason: EndReason
    goodbye: str | None = None
    scope: Scope | None = None
    by: str = "code"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EndCancelled:
    """The caller spoke into the goodbye and the call goes on."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class AwayWanted:
    """Someone says that the caller is away, or no longer."""

    away: bool
    by: str = "code"


@dataclass(frozen=True, slots=True)
class SilenceChanged:
    """From now on this ladder counts; None: no ladder."""

    silence: Silence | None
    by: str = "code"


@dataclass(frozen=True, slots=True)
class PauseChanged:
    """Silence is expected for a while, or no longer: on hold, in a transfer, while voicemail is looked for.

    `filler`: a line of ours is said beside the session, which tells nobody that somebody speaks.
    """

    why: Literal["hold", "transfer", "amd", "code", "filler"]
    paused: bool
    by: str = "code"


@dataclass(frozen=True, slots=True)
class InstructionsChanged:
    """The agent's instructions were replaced or added to."""

    text: str
    append: bool
    by: str = "code"


@dataclass(frozen=True, slots=True)
class ContextReset:
    """The model no longer sees what was said before."""

    kept: int
    by: str = "code"


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message was put into the context without anybody having said it."""

    role: Literal["user", "assistant", "system", "developer"]
    text: str
    by: str = "code"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was said before is in no context, no history and no journal any more."""

    by: str = "code"


@dataclass(frozen=True, slots=True)
class Commanded:
    """A signed command arrived, was checked and is in the journal."""

    id: str
    by: str
    verb: Verb


@dataclass(frozen=True, slots=True)
class Applied:
    """A command has been carried out."""

    id: str
    result: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """Something that was wished for could not be done."""

    what: str
    error: str


Fact = (
    Tick
    | Accepted
    | Connected
    | CallerFound
    | CallerStatus
    | CallerLeft
    | CallerMissing
    | CallerBack
    | Others
    | Planned
    | PlanFailed
    | SessionStarted
    | SessionClosed
    | LineLost
    | LineClosed
    | Ended
    | AgentTurned
    | HandedOver
    | CallerTurned
    | Heard
    | Said
    | KeyPressed
    | Spoken
    | Did
    | ToolStarted
    | ToolEnded
    | Turn
    | Unspoken
    | Used
    | ModelFailed
    | VoiceStalled
    | HandlerFailed
    | HookRan
    | Warned
    | EndWanted
    | EndCancelled
    | AwayWanted
    | SilenceChanged
    | PauseChanged
    | InstructionsChanged
    | ContextReset
    | MessageAdded
    | Forgotten
    | Commanded
    | Applied
    | Failed
)

FACTS: Mapping[str, type] = {fact.__name__: fact for fact in Fact.__args__}
