"""What a plan function returns: the agent, the models and the policies for one call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from livekit.agents import Agent, AgentSession, BackgroundAudioPlayer
from livekit.agents.voice.room_io import RoomOptions

from offhook.core.ending import Ending, Limits
from offhook.core.errors import PlanError
from offhook.core.facts import Planned
from offhook.core.ladder import Silence

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One call's plan. Only `agent` is needed.

    `session` are keyword arguments for LiveKit's `AgentSession` (stt, llm, tts, vad, turn_handling, userdata,
    user_away_timeout, mcp_servers, …): what is given there replaces what the settings would choose. `room` is
    LiveKit's `RoomOptions` (noise cancellation, text input, …). `background` plays beside the agent (thinking sounds).
    `record` is LiveKit's `session.start(record=…)`, off unless asked for. `session_host` opens LiveKit's own remote
    session, which any participant who may send data can use without further rights.
    """

    agent: Agent
    greeting: str | None = None
    silence: Silence | None = None
    ending: Ending = field(default_factory=Ending)
    limits: Limits = field(default_factory=Limits)
    session: Mapping[str, Any] | AgentSession[Any] = field(default_factory=dict)
    room: RoomOptions | None = None
    background: BackgroundAudioPlayer | None = None
    record: bool = False
    session_host: bool = False

    def __post_init__(self) -> None:
        _expect("agent", self.agent, Agent)
        _expect("greeting", self.greeting, str, type(None))
        _expect("silence", self.silence, Silence, type(None))
        _expect("ending", self.ending, Ending)
        _expect("limits", self.limits, Limits)
        _expect("session", self.session, Mapping, AgentSession)
        _expect("room", self.room, RoomOptions, type(None))
        _expect("background", self.background, BackgroundAudioPlayer, type(None))

    @property
    def planned(self) -> Planned:
        """What the policies need to know of this plan."""
        return Planned(greeting=self.greeting, silence=self.silence, ending=self.ending, limits=self.limits)


def _expect(name: str, value: object, *kinds: type) -> None:
    if not isinstance(value, kinds):
        raise PlanError(f"Plan({name}=…) is {type(value).__name__}; it must be {_names(kinds)}")


def _names(kinds: Sequence[type]) -> str:
    return " or ".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
