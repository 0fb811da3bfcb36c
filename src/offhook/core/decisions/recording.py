"""Decisions about the recording of a call."""

from dataclasses import dataclass
from typing import Literal, final

from offhook.core.recording import ConsentAnswer

__all__ = ["AnswerConsent", "StartRecording"]


@final
@dataclass(frozen=True, slots=True)
class AnswerConsent:
    """Decide whether the caller consents to the recording; the fact `ConsentAnswered` follows."""

    answer: ConsentAnswer
    how: Literal["notice", "words", "key", "timeout", "not_asked", "call_over"]
    said: str = ""
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class StartRecording:
    """Start the recording; the fact `ActionDone(tag)` follows."""

    tag: str = "recording"
    why: str = ""
