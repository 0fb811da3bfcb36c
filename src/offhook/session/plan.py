"""What a plan function returns: the agent, the models and the policies for one call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from livekit.agents import Agent, AgentSession, BackgroundAudioPlayer
from livekit.agents.voice.room_io import RoomOptions

from offhook.core.barge_in import BargeIn
from offhook.core.dead_air import DeadAir
from offhook.core.dial import Dial
from offhook.core.ending import Ending, Limits
from offhook.core.errors import PlanError
from offhook.core.facts import Fact, Planned
from offhook.core.ladder import Silence
from offhook.core.patience import PRESETS, Patience, Preset
from offhook.core.people import People
from offhook.core.recording import Recording
from offhook.core.work_ahead import WorkAhead
from offhook.engine.handlers import Handler, check_handlers
from offhook.session.barge_in import resolved
from offhook.session.hooks import Hook

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of one call. Only `agent` is required.

    If the job process dies during the call, a new agent joins with the last turns of the conversation in its context,
    and speaks `takeover` instead of the greeting. (A call that `dial` began is not taken over.) If `takeover` is None,
    the call ends when the job process dies.

    `dead_air` sets how long the caller may wait for an answer, and what the agent says during the wait; with None,
    there is no limit.

    `barge_in` sets how the agent reacts to a sound of the caller while the agent speaks. "auto" is `BargeIn()`,
    unless `session` is an `AgentSession` or has options that set which sounds interrupt the agent. In these two cases,
    "auto" means None: LiveKit's own interruption handling decides.

    `dial` says which phone number an outbound call dials; the session starts when the callee has answered.

    `endpointing` sets how long the agent waits at the end of the caller's turn: "quick", "normal", "patient",
    "dictation" or a `Patience`, or "plain" for LiveKit's minimum and maximum delay. None means the value of the setting
    `OFFHOOK_ENDPOINTING`.

    `session` is an `AgentSession` of LiveKit, or has keyword arguments for one (stt, llm, tts, vad, turn_handling,
    userdata, user_away_timeout, mcp_servers, …). These arguments replace the models and options that the settings
    select. `room` is LiveKit's `RoomOptions` (noise cancellation, text input, …). `background` is LiveKit's player for
    background sounds (ambient sounds, thinking sounds). `record` is passed to LiveKit's `session.start(record=…)`; by
    default, this recording is off. `session_host` opens LiveKit's own remote session: any participant who may send data
    in the room can use this remote session, without further rights.

    `recording` records the call to a file, after the caller's consent. The journal stores the file's hash. `work_ahead`
    lets the model begin its answer on a stable interim transcript; if `work_ahead` is None, the model waits for the
    final transcript.

    `people` sets which other people the agent hears and answers; by default, the agent hears only the caller.

    `on` has handlers for facts of the call (`{KeyPressed: pressed}`). A handler is called with the fact and the
    `OngoingCall`. `after` has hooks that run after the call. A hook is called with the `FinishedCall` and may take at
    most 5 s, or the seconds in the hook's attribute `within`. All hooks together may take at most 12 s. Handlers and
    hooks may be sync or async functions.
    """

    agent: Agent
    greeting: str | None = None
    takeover: str | None = "I am sorry, we were interrupted. Please go on."
    silence: Silence | None = None
    ending: Ending = field(default_factory=Ending)
    limits: Limits = field(default_factory=Limits)
    dead_air: DeadAir | None = field(default_factory=DeadAir)
    barge_in: BargeIn | Literal["auto"] | None = "auto"
    dial: Dial | None = None
    endpointing: Preset | Literal["plain"] | Patience | None = None
    session: Mapping[str, Any] | AgentSession[Any] = field(default_factory=dict)
    room: RoomOptions | None = None
    background: BackgroundAudioPlayer | None = None
    people: People | None = None
    work_ahead: WorkAhead | None = None
    record: bool = False
    recording: Recording | None = None
    session_host: bool = False
    on: Mapping[type[Fact], Handler] = field(default_factory=dict)
    after: Sequence[Hook] = ()

    def __post_init__(self) -> None:
        _expect("agent", self.agent, Agent)
        _expect("greeting", self.greeting, str, type(None))
        _expect("takeover", self.takeover, str, type(None))
        _expect("silence", self.silence, Silence, type(None))
        _expect("ending", self.ending, Ending)
        _expect("limits", self.limits, Limits)
        _expect("dead_air", self.dead_air, DeadAir, type(None))
        if self.barge_in != "auto":
            _expect("barge_in", self.barge_in, BargeIn, type(None))
        _expect("dial", self.dial, Dial, type(None))
        _expect("endpointing", self.endpointing, str, Patience, type(None))
        if isinstance(self.endpointing, str) and self.endpointing not in (*PRESETS, "plain"):
            raise PlanError(
                f"Plan(endpointing={self.endpointing!r}) is unknown; use one of {', '.join(PRESETS)}, plain"
            )
        _expect("session", self.session, Mapping, AgentSession)
        _expect("room", self.room, RoomOptions, type(None))
        _expect("background", self.background, BackgroundAudioPlayer, type(None))
        _expect("people", self.people, People, type(None))
        _expect("recording", self.recording, Recording, type(None))
        if self.record and self.recording is not None:
            raise PlanError("Plan(record=…) would record without the consent that recording=… needs; use one of them")
        _expect("work_ahead", self.work_ahead, WorkAhead, type(None))
        _expect("on", self.on, Mapping)
        _expect("after", self.after, Sequence)
        resolved(self.barge_in, self.session)
        check_handlers(self.on)
        for hook in self.after:
            if not callable(hook):
                raise PlanError(f"Plan(after=…) has {hook!r}; give functions that take the finished call")

    @property
    def planned(self) -> Planned:
        """The part of this plan that the policies use."""
        return Planned(
            greeting=self.greeting,
            silence=self.silence,
            ending=self.ending,
            limits=self.limits,
            dead_air=self.dead_air,
            takeover=self.takeover,
            barge_in=resolved(self.barge_in, self.session),
            recording=self.recording,
        )


def _expect(name: str, value: object, *kinds: type) -> None:
    if not isinstance(value, kinds):
        raise PlanError(f"Plan({name}=…) is {type(value).__name__}; it must be {_names(kinds)}")


def _names(kinds: Sequence[type]) -> str:
    return " or ".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
