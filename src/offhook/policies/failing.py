"""What became of an answer, and whether it was asked for twice; a part of the watch over dead air."""

import math

from offhook.core.facts import Fact, ModelFailed, Said, Unspoken

__all__ = ["Failing"]

AGAIN = 1.0
"""Seconds that a Realtime model has to come back by itself."""
ENDS = (".", "!", "?", "…", ":", '"', "”", "\u3002", "\uff01", "\uff1f")
"""What the last sentence of an answer ends with; one that was torn off does not."""


class Failing:
    """`failed` is what went wrong with the answer that is awaited or being said; "" as long as nothing did."""

    def __init__(self) -> None:
        self._lost = ""  # an error of a Realtime model that speaks: what it had sent is said all the same
        self.rest()

    def rest(self) -> None:
        """Nothing is awaited."""
        self.failed = ""
        self.retried = False  # it was asked for a second time
        self.letting_go = False  # the first answer is being given up; what comes of it is nothing
        self.thought = False
        self._beside = False  # two requests run, and the first answer counts

    def again(self) -> None:
        """It is asked for once more."""
        self.failed, self.retried, self.thought, self.letting_go = "", True, False, True

    def beside(self) -> None:
        """It was asked for once more, and the first request goes on too."""
        self.thought, self.letting_go, self._beside = True, False, True

    def thinks(self) -> None:
        self.thought, self.letting_go = True, False

    def spoke(self) -> None:
        """It begins. What failed may have given some words; a second try that breaks off is not followed by a third."""
        failed, retried = "" if self._beside else self.failed, self.retried
        self.rest()
        self.failed, self.retried = failed, retried

    def notice(self, fact: Fact, now: float, *, waiting: bool, agent: str) -> float:
        """Take in what went wrong; when the next try is due because of it."""
        match fact:
            case Said(text=text):
                torn = not text.rstrip().endswith(ENDS)
                self.failed, self._lost = self.failed or (self._lost if torn else ""), ""
            case ModelFailed(recoverable=False, error=error):
                self.failed = error
            case ModelFailed(stage="realtime_model_error", error=error) if waiting:
                # The answer that it was about to give is lost, whether it recovers or not.
                self.failed = error
                return now + AGAIN
            case ModelFailed(stage="realtime_model_error", error=error) if agent == "speaking":
                self._lost = error
            case Unspoken():
                self.failed = "the voice broke off"
        return math.inf

    def because(self) -> str:
        return f": {self.failed}" if self.failed else ""
