"""Decisions about speech: what the agent says, and what happens to an answer."""

from dataclasses import dataclass
from typing import Literal, final

__all__ = [
    "AbandonAnswer",
    "AbandonTurnCode",
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
    """Speak this line; `LinePlayed(tag)` follows when playout has finished.

    `skip_if_goodbye_said`: if the agent is already saying goodbye, wait for that speech and do not play this line.
    `out_of_band`: play the line at once, outside the session's speech queue, even while an answer is awaited. When the
    agent starts to speak, the policy stops the line with `StopLine`. `file`: play this audio file, which contains the
    words of the text.
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
    """Let the model speak with these instructions; `LinePlayed(tag)` follows.

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
    """Stop the line with this tag."""

    tag: str
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class PausePlayout:
    """Pause the agent's speech at once; `PlayoutPaused` follows, or `PlayoutKept` if the speech must not be paused."""

    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class ResumePlayout:
    """Continue the paused speech with the word at which it was paused; `PlayoutResumed` follows."""

    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class RetryAnswer:
    """Interrupt the awaited answer and ask the model again; `ActionDone(tag)` follows.

    The tag is the cause. "retry": the answer failed or did not come in time. "tool": a tool took too long. "loop": the
    model called too many tools. "entry_code": `on_enter` took too long. For "tool" and "loop", the request to the model
    states the cause and allows no tools.
    """

    tag: RetryCause = "retry"
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class AbandonAnswer:
    """Interrupt the awaited answer and do not ask the model again; `ActionDone(tag)` follows."""

    tag: str = "abandon"
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class AbandonTurnCode:
    """Stop the agent's `on_user_turn_completed`; the turn gets no answer. `ActionDone(tag)` follows."""

    tag: str = "turn_code"
    why: str = ""
