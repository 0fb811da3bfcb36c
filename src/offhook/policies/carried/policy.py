"""Decides when the next agent answers the words that the caller said before a handoff.

LiveKit 1.8.9 drops the turn of these words. If the caller goes on, the words become the first part of the caller's next
turn. Otherwise the next agent answers the words, after the line with which `on_enter` begins. If `on_enter` first does
other work, the agent answers during this work, as LiveKit does with words that come after the handoff.
"""

import math
from collections.abc import Sequence
from typing import ClassVar

from offhook.core.decisions import AnswerCarriedWords, Decision
from offhook.core.facts import (
    AgentCodeEnded,
    AgentCodeStarted,
    AgentHandoff,
    CallerStateChanged,
    Fact,
    SpeechCreated,
    SpeechEnded,
    Tick,
    TranscriptReceived,
    TurnCommitted,
    WordsCarried,
)
from offhook.policies.answer.budget import GRACE, HOLD, UNCOMMITTED
from offhook.policies.carried.words import InputState

__all__ = ["CarriedWordsPolicy"]

SETTLE = 0.1
"""Seconds to wait after the end of `on_enter` or of a speech, because the next speech may begin at the same time."""
ENTRY = 1.0
"""Seconds to wait for the first line of `on_enter`. If this line is an answer of the model, and the words are answered
before it, the model may answer the words twice.
"""


class CarriedWordsPolicy:
    """Requests one answer to the words that were said before a handoff, if no turn of the caller contains them."""

    name: ClassVar[str] = "carried_words"

    def __init__(self) -> None:
        self._input = InputState()
        self._waiting = False
        self._work = _Work()
        self._free_at: float | None = None
        self._sound_until = self._words_until = -math.inf

    @property
    def deadline(self) -> float | None:
        if self._free_at is None:
            return None
        return max(self._free_at + SETTLE, self._sound_until, self._words_until, self._work.entry_until)

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        if isinstance(fact, Tick):
            return self._tick(now)
        self._work.notice(fact, now)
        match fact:
            case WordsCarried():
                self._waiting = not self._input.off
            case TurnCommitted():
                self._waiting, self._words_until = False, -math.inf
            case AgentHandoff():
                self._words_until = -math.inf  # the transcripts until now belong to the carried words
            case CallerStateChanged(state=state):
                self._sound_until = now + (HOLD if state == "speaking" else GRACE)
            case TranscriptReceived(backchannel=False, text=text) if text.strip():
                self._words_until = now + UNCOMMITTED
            case AgentCodeEnded():
                self._free_at = None
            case _ if self._input.drops(fact):
                self._waiting = False
        free = self._waiting and not self._work.busy
        self._free_at = (now if self._free_at is None else self._free_at) if free else None
        return ()

    def _tick(self, now: float) -> Sequence[Decision]:
        due = self.deadline
        if due is None or now < due:
            return ()
        self._waiting, self._free_at = False, None
        return [AnswerCarriedWords(why="the caller spoke before the handoff, and LiveKit dropped these words")]


class _Work:
    """The agent's speeches that have not ended, and the run of `on_enter`. Each speech has the number of open tasks at
    its beginning; if a task has been opened since, the speech is suspended.
    """

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._depth = 0
        self._starting = False
        self._entry = ""
        self.entry_until = -math.inf

    @property
    def busy(self) -> bool:
        """True while the agent starts, speaks, or prepares a speech."""
        return self._starting or any(depth >= self._depth for depth in self._open.values())

    def notice(self, fact: Fact, now: float) -> None:
        match fact:
            case AgentHandoff(depth=depth):
                self._starting, self._depth = depth >= self._depth, depth
            case AgentCodeStarted(id=code, name="on_enter"):
                self._starting, self._entry, self.entry_until = False, code, now + ENTRY
            case AgentCodeEnded(id=code) if code == self._entry:
                self.entry_until = -math.inf
            case SpeechCreated(id=speech):
                self._open[speech] = self._depth
            case SpeechEnded(id=speech):
                self._open.pop(speech, None)
