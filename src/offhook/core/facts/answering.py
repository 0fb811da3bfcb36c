"""Facts about an answer: the caller's complete turn, the agent's own code, model requests and speeches."""

from dataclasses import dataclass
from typing import Literal

from offhook.core.facts.base import Fact

__all__ = [
    "AgentCodeEnded",
    "AgentCodeStarted",
    "BargeInReady",
    "ModelResponded",
    "ModelResponding",
    "PlayoutKept",
    "PlayoutPaused",
    "PlayoutResumed",
    "PreemptiveAnswer",
    "SpeechCreated",
    "SpeechEnded",
    "TurnCommitted",
    "TurnDeclined",
]


@dataclass(frozen=True, slots=True)
class TurnCommitted(Fact):
    """The caller's turn is complete, and the agent has to answer.

    `own_code`: the agent's own `on_user_turn_completed` runs first (`AgentCodeStarted`).
    """

    own_code: bool = False


@dataclass(frozen=True, slots=True)
class TurnDeclined(Fact):
    """The agent's own code declined to answer this turn.

    The code raised `StopResponse` or cancelled the reply to a tool, or a node that the code overrides yielded nothing.
    If a speech was already queued for this turn, `speech` is its id, and that speech gets no content.
    """

    by: str
    speech: str = ""


@dataclass(frozen=True, slots=True)
class AgentCodeStarted(Fact):
    """A method of the agent runs while the caller may be waiting: `on_user_turn_completed` or `on_enter`."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AgentCodeEnded(Fact):
    """The agent's method returned, raised, or was abandoned because the method took too long."""

    id: str
    name: str
    status: Literal["done", "declined", "error", "abandoned"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class ModelResponding(Fact):
    """The LLM streams output for the awaited request; posted at most every two seconds."""


@dataclass(frozen=True, slots=True)
class ModelResponded(Fact):
    """One LLM request ended, with this many characters of text and this many tool calls."""

    characters: int
    tool_calls: int = 0


@dataclass(frozen=True, slots=True)
class BargeInReady(Fact):
    """The agent speaks for the first time, and a sound of the caller can pause the agent.

    `warm_up`: for this many seconds of speech, LiveKit ignores the caller, so that an echo canceller can adapt. `off`:
    the reason why LiveKit alone handles interruptions in this session. In that case, the fact is posted when the
    session starts. `interims`: the STT returns words while the caller speaks, not only afterwards.
    """

    warm_up: float = 0.0
    off: str = ""
    interims: bool = True


@dataclass(frozen=True, slots=True)
class PlayoutKept(Fact):
    """The agent was not paused at a sound of the caller, for the reason `why`."""

    why: str


@dataclass(frozen=True, slots=True)
class PlayoutPaused(Fact):
    """offhook holds back the agent's audio, because the caller makes a sound. Audio that arrives later waits too."""


@dataclass(frozen=True, slots=True)
class PlayoutResumed(Fact):
    """offhook no longer holds back the agent's audio."""


@dataclass(frozen=True, slots=True)
class PreemptiveAnswer(Fact):
    """The model began an answer before the caller's turn was complete. This answer was used, or was thrown away.

    `early`: the answer began on an interim transcript. There is no fact for an answer that began on the final
    transcript and was used. `seconds`: the time from the beginning of the answer until the answer was used or thrown
    away. The numbers of tokens and of TTS characters are set only for an answer that was thrown away, if the provider
    reported the numbers. Most providers report no tokens for a cancelled request.
    """

    speech: str
    used: bool
    early: bool
    seconds: float
    input_tokens: int = 0
    output_tokens: int = 0
    characters: int = 0


@dataclass(frozen=True, slots=True)
class SpeechCreated(Fact):
    """LiveKit queued a speech: text from the agent's code (`say`), or an answer of the model (`generate_reply`)."""

    id: str
    source: Literal["say", "generate_reply"]


@dataclass(frozen=True, slots=True)
class SpeechEnded(Fact):
    """A queued speech ended: played, interrupted or failed.

    `interrupted` is the cause of an interruption: a sound of the caller, the caller's next turn, or code. `interrupted`
    is empty if the speech was not interrupted. `handoff`: another agent has taken over since the speech was created.
    `busy`: the Realtime model refused the speech, because the model is still giving another answer. That other answer
    continues.
    """

    id: str
    interrupted: Literal["", "sound", "turn", "code"] = ""
    error: str = ""
    handoff: bool = False
    busy: bool = False
