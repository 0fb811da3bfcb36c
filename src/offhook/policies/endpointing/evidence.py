"""Collects the evidence about the caller's turn: everything except the detector's probability."""

from collections import deque

from offhook.core.facts import CallerStateChanged, Fact, MessageCommitted, TranscriptReceived, TurnCommitted
from offhook.policies.endpointing.question import Asked, asked
from offhook.policies.endpointing.wait import Evidence
from offhook.policies.endpointing.words import affirms_or_denies, transcript_end

__all__ = ["TurnEvidence"]

_PAUSES = 6
"""The number of pauses that are remembered."""
_ENOUGH = 3
"""The pauses of a caller count only after this many pauses."""
_RESUMED = 1.2
"""If the caller speaks again within this many seconds after the end of the turn, the end of the turn was too early."""
_LONGEST = 3.0
"""A longer pause is not remembered: the caller may have begun another turn."""


class TurnEvidence:
    """Follows the facts of a call, and makes no decisions. `evidence` returns the evidence at this time."""

    def __init__(self) -> None:
        self._finals: list[str] = []
        self._interim = ""
        self._asked: Asked = "nothing"
        self._stopped: float | None = None
        self._committed: float | None = None
        self._pauses: deque[float] = deque(maxlen=_PAUSES)

    def notice(self, fact: Fact, now: float) -> None:
        """Handle a fact about the conversation."""
        match fact:
            case TranscriptReceived(backchannel=True):
                pass  # said while the agent spoke, and not part of a turn
            case TranscriptReceived(text=text, final=False):
                self._interim = text
            case TranscriptReceived(text=text, final=True):
                self._finals, self._interim = [*self._finals, text], ""
            case CallerStateChanged(state="speaking", since=since):
                self._resume(since)
            case CallerStateChanged(state="listening", since=since):
                self._stopped = since
            case TurnCommitted():
                self._committed = now
                self._finals, self._interim = [], ""
            case MessageCommitted(role="assistant", text=text):
                self._asked = asked(text)

    def evidence(self, probability: float | None) -> Evidence:
        """Return the evidence at this silence."""
        text = " ".join((*self._finals, self._interim)).strip()
        return Evidence(
            probability=probability,
            ending=transcript_end(text),
            answered=self._asked == "yes_or_no" and affirms_or_denies(text),
            asked=self._asked,
            pause=self._usual_pause(),
        )

    def _resume(self, since: float) -> None:
        """Remember the pause if the caller goes on with the same turn."""
        if self._stopped is None:
            return
        pause = since - self._stopped
        if (self._committed is None or since - self._committed < _RESUMED) and pause <= _LONGEST:
            self._pauses.append(pause)
        self._stopped = self._committed = None

    def _usual_pause(self) -> float:
        """Return the second longest of the remembered pauses. The longest alone may have had another cause."""
        return sorted(self._pauses)[-2] if len(self._pauses) >= _ENOUGH else 0.0
