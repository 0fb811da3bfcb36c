"""What is said: words, keys, tools."""

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "AgentTurned",
    "CallerTurned",
    "Did",
    "HandedOver",
    "Heard",
    "KeyPressed",
    "Said",
    "Spoken",
    "ToolEnded",
    "ToolStarted",
    "Turn",
    "Unspoken",
    "Used",
]


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
    """A message entered the conversation; the agent's text is what was really heard of it.

    `since` is when its sound began, for a line beside the session: no `AgentTurned` tells it.
    """

    role: Literal["user", "assistant", "system", "developer"]
    text: str
    interrupted: bool = False
    answered_in: float | None = None
    since: float | None = None


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
