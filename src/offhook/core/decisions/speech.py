"""Decisions about speech: what the agent says, and whether an answer of the model is stopped or requested again."""

from dataclasses import dataclass
from typing import Literal, final

__all__ = [
    "AbandonAnswer",
    "AbandonTurnCode",
    "AnswerCarriedWords",
    "Ask",
    "PausePlayout",
    "ResumePlayout",
    "RetryAnswer",
    "RetryCause",
    "Say",
    "StopLine",
]


RetryCause = Literal["retry", "tool", "loop", "entry_code"]


@final
@dataclass(frozen=True, slots=True)
class Say:
    """Speak this text; the fact `LinePlayed(tag)` follows when playout has finished.

    `skip_if_goodbye_said`: if the agent is already saying goodbye, wait for the end of that speech and do not play this
    text. `out_of_band`: play the text at once, outside the session's speech queue, even while the caller waits for an
    answer. When the answer starts, the policy that decided `Say` decides `StopLine`, which stops the text. `file`:
    instead of using the TTS, play this audio file, which contains the words of the text.
    """

    text: str
    tag: str
    interruptible: bool = True
    skip_if_goodbye_said: bool = False
    out_of_band: bool = False
    file: str = ""
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class Ask:
    """Let the model speak with these instructions; the fact `LinePlayed(tag)` follows.

    If `tool` is set, the model must call that tool first.
    """

    instructions: str
    tag: str
    tool: str = ""
    interruptible: bool = True
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class StopLine:
    """Stop playing the line that has this tag."""

    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class PausePlayout:
    """Pause the agent's speech at once.

    The fact `PlayoutPaused` follows, or the fact `PlayoutKept` if the speech must not be paused.
    """

    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class ResumePlayout:
    """Continue the paused speech with the word at which the speech was paused; the fact `PlayoutResumed` follows."""

    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class RetryAnswer:
    """Interrupt the awaited answer and ask the model again; the fact `ActionDone(tag)` follows.

    The tag is the cause of the retry. "retry": the answer failed or did not come in time. "tool": a tool took too long.
    "loop": the model called too many tools. "entry_code": the agent's `on_enter` took too long. For "tool" and "loop",
    the new request to the model states the cause and allows no tools.
    """

    tag: RetryCause = "retry"
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class AbandonAnswer:
    """Interrupt the awaited answer and do not ask the model again; the fact `ActionDone(tag)` follows."""

    tag: str = "abandon"
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class AbandonTurnCode:
    """Stop the agent's `on_user_turn_completed`. The turn gets no answer, and the fact `ActionDone(tag)` follows."""

    tag: str = "turn_code"
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class AnswerCarriedWords:
    """Let the agent answer the words that the caller said before the handoff; the fact `ActionDone(tag)` follows."""

    tag: str = "carried_words"
    why: str = ""
