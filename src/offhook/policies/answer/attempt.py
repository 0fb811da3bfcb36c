"""One attempt to answer the caller: the error of the attempt, and whether the attempt is a retry."""

import math

from offhook.core.facts import Fact, MessageCommitted, ModelFailed, SpeechNotPlayed

__all__ = ["AnswerAttempt"]

RECOVERY = 1.0
"""Seconds in which a Realtime model may recover from an error by itself. After this time, the answer is retried."""
SENTENCE_ENDS = (".", "!", "?", "…", ":", '"', "”", "\u3002", "\uff01", "\uff1f")
"""A complete answer ends with one of these characters."""


class AnswerAttempt:
    """`failed` is the error of the answer that is awaited or being played. `failed` is empty if nothing failed."""

    def __init__(self) -> None:
        # The error of a Realtime model during playout. The audio that arrived before the error is still played.
        self._playout_error = ""
        self.reset()

    def reset(self) -> None:
        """Reset the state for a new turn of the caller, in which no attempt has been made."""
        self.failed = ""
        self.retried = False
        self.abandoning = False  # an abandoned answer has not ended yet, and its errors are ignored
        self._hedged = False  # two requests to the model run in parallel, and the first answer is used

    def retry(self) -> None:
        """Abandon the answer; a retry follows."""
        self.failed, self.retried, self.abandoning = "", True, True

    def hedged(self) -> None:
        """Handle the start of a second request to the model; the first request continues."""
        self.abandoning, self._hedged = False, True

    def ready(self) -> None:
        """Handle the end of the abandoned answer: from now on, errors belong to the next attempt."""
        self.abandoning = False

    def playing(self) -> None:
        """Handle the start of playout.

        If the answer has already failed, the failure is kept, so that the answer is retried or given up after playout.
        If two requests run, the failure is cleared, because the answer of the request that did not fail is played.
        """
        self.failed = "" if self._hedged else self.failed
        self.abandoning = self._hedged = False

    def notice(self, fact: Fact, now: float, *, waiting: bool, speaking: bool) -> float:
        """Handle an error, or the committed text of an answer. Return the time of the retry, or infinity if this fact
        sets no time for a retry.
        """
        match fact:
            case MessageCommitted(text=text):
                cut_off = not text.rstrip().endswith(SENTENCE_ENDS)
                self.failed = self.failed or (self._playout_error if cut_off else "")
                self._playout_error = ""
            case ModelFailed(recoverable=False, error=error):
                self.failed = error
            case ModelFailed(stage="realtime_model_error", error=error) if waiting:
                # The awaited answer is lost, even if the model recovers.
                self.failed = error
                return now + RECOVERY
            case ModelFailed(stage="realtime_model_error", error=error) if speaking:
                self._playout_error = error
            case SpeechNotPlayed():
                self.failed = "the TTS gave no audio"
        return math.inf

    def cause_text(self) -> str:
        return f": {self.failed}" if self.failed else ""
