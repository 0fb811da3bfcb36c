"""Facts about the agent's answer: the end of the caller's turn, the agent's own code, LLM requests, the agent's
speeches.
"""

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
    "WordsCarried",
]


@dataclass(frozen=True, slots=True)
class TurnCommitted(Fact):
    """The caller's turn is complete, and the agent has to answer.

    `own_code`: before the answer, the agent's own `on_user_turn_completed` runs (`AgentCodeStarted`).
    `carried`: the turn has only words that the caller said before a handoff (`WordsCarried`).
    """

    own_code: bool = False
    carried: bool = False


@dataclass(frozen=True, slots=True)
class WordsCarried(Fact):
    """Another agent takes over, and LiveKit dropped the caller's last words, because their turn was not complete.
    `words`: the number of these words.

    If the caller goes on, the words become the first part of the caller's next turn. Otherwise the next agent answers
    the words. The texts are in the facts `TranscriptReceived` since the last `TurnCommitted`.
    """

    words: int


@dataclass(frozen=True, slots=True)
class TurnDeclined(Fact):
    """The turn gets no answer: the agent's own code declined to answer, or the agent is quiet. `by` says which.

    The code raised `StopResponse`, cancelled the reply to a tool's result, or yielded nothing in an overridden node
    such as `llm_node`. If a speech was already queued for this turn, `speech` is the speech's id, and the speech stays
    empty.
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
    """The agent's method returned or raised, or offhook cancelled the method because it took too long."""

    id: str
    name: str
    status: Literal["done", "declined", "error", "abandoned"]
    error: str = ""


@dataclass(frozen=True, slots=True)
class ModelResponding(Fact):
    """The LLM streams output for the answer that the caller waits for; posted at most once in two seconds."""


@dataclass(frozen=True, slots=True)
class ModelResponded(Fact):
    """One LLM request ended, with this many characters of text and this many tool calls."""

    characters: int
    tool_calls: int = 0


@dataclass(frozen=True, slots=True)
class BargeInReady(Fact):
    """The agent begins its first speech. After `warm_up` seconds, a sound of the caller can pause the agent's speech.

    `warm_up`: in these first seconds, the caller cannot interrupt the agent, because an echo canceller has to adapt.
    `off`: the reason why offhook does not pause the agent in this session, so that only LiveKit handles interruptions.
    If `off` is set, the fact is posted when the session starts. `interims`: the STT returns words while the caller
    speaks, not only afterwards.
    """

    warm_up: float = 0.0
    off: str = ""
    interims: bool = True


@dataclass(frozen=True, slots=True)
class PlayoutKept(Fact):
    """The caller made a sound, but the agent's speech was not paused, or the pause ended early; `why` is the reason."""

    why: str


@dataclass(frozen=True, slots=True)
class PlayoutPaused(Fact):
    """offhook holds back the agent's audio, because the caller makes a sound. Audio of the agent that arrives during
    this pause waits too.
    """


@dataclass(frozen=True, slots=True)
class PlayoutResumed(Fact):
    """offhook no longer holds back the agent's audio."""


@dataclass(frozen=True, slots=True)
class PreemptiveAnswer(Fact):
    """The model began an answer before the caller's turn was complete. This answer was used, or was thrown away.

    `early`: the answer was requested with an interim transcript, not with the final one. No fact is posted for an
    answer that was requested with the final transcript and was used. `seconds`: the time from the beginning of the
    answer until the answer was used or thrown away. `input_tokens`, `output_tokens` and `characters` (of the TTS) are
    set only for an answer that was thrown away, and only if the provider reported them. Most providers report no tokens
    for a cancelled request.
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
    """A queued speech ended: it was played, was interrupted or failed.

    `interrupted` is the cause of an interruption: a sound of the caller, the caller's next turn, or the agent's code.
    `interrupted` is empty if the speech was not interrupted. `handoff`: another agent has taken over since the speech
    was created. `busy`: the Realtime model refused the speech, because the model is still giving another answer. That
    other answer continues.
    """

    id: str
    interrupted: Literal["", "sound", "turn", "code"] = ""
    error: str = ""
    handoff: bool = False
    busy: bool = False
