"""Collects the evidence about the end of the caller's turn: everything except the turn detector's probability."""

from offhook.core.facts import Fact, MessageCommitted, TranscriptReceived, TurnCommitted
from offhook.policies.endpointing.question import Asked, asked
from offhook.policies.endpointing.wait import Evidence
from offhook.policies.endpointing.words import affirms_or_denies, transcript_end

__all__ = ["TurnEvidence"]


class TurnEvidence:
    """Follows the facts of a call, and makes no decisions. `evidence` returns what is known about the caller's turn so
    far.
    """

    def __init__(self) -> None:
        self._finals: list[str] = []
        self._interim = ""
        self._asked: Asked = "nothing"

    def notice(self, fact: Fact) -> None:
        """Handle a fact about the conversation."""
        match fact:
            case TranscriptReceived(backchannel=True):
                pass  # a backchannel is not a part of the caller's turn
            case TranscriptReceived(text=text, final=False):
                self._interim = text
            case TranscriptReceived(text=text, final=True):
                self._finals, self._interim = [*self._finals, text], ""
            case TurnCommitted():
                self._finals, self._interim = [], ""
            case MessageCommitted(role="assistant", text=text):
                self._asked = asked(text)

    @property
    def transcribed(self) -> bool:
        """True if the caller has said words that belong to no complete turn yet, and all of them have a final
        transcript.
        """
        return bool(self._finals) and not self._interim

    def evidence(self, probability: float | None) -> Evidence:
        """Return the evidence at a silence of the caller; `probability` comes from the turn detector."""
        text = " ".join((*self._finals, self._interim)).strip()
        return Evidence(
            probability=probability,
            ending=transcript_end(text),
            answered=self._asked == "yes_or_no" and affirms_or_denies(text),
            asked=self._asked,
        )
