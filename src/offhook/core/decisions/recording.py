"""Decisions about the recording of a call."""

from dataclasses import dataclass
from typing import Literal, final

from offhook.core.recording import ConsentAnswer

__all__ = ["AnswerConsent", "StartRecording"]


@final
@dataclass(frozen=True, slots=True)
class AnswerConsent:
    """Record the caller's answer to the question about the recording; `ConsentAnswered` follows."""

    answer: ConsentAnswer
    how: Literal["notice", "words", "key", "timeout", "not_asked", "call_over"]
    said: str = ""
    why: str = ""


@final
@dataclass(frozen=True, slots=True)
class StartRecording:
    """Start the recording; `ActionDone(tag)` follows."""

    tag: str = "recording"
    why: str = ""
