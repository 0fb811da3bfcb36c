"""Notices a voice that the recogniser has no words for, or lost some of; a part of the watch over dead air."""

import math

from offhook.core.facts import CallerTurned
from offhook.core.stall import DeadAir

__all__ = ["Deafness"]

RECENT = 3.0
"""Seconds after a sound in which words still belong to it."""
BRIEF = 0.5
"""Seconds of a voice before the recogniser broke off that may hold a word."""
SLOW = 8.0
"""Letters in a second of speech at least; fewer are not all that was said."""


class Deafness:
    """`due` is when a voice was too long without words, `turns` how many there were in a row."""

    def __init__(self) -> None:
        self.due = math.inf
        self.turns = 0
        self._since: float | None = None
        self._began = self._ended = -math.inf
        self._partial = ""  # what was understood of what is being said, and may still change
        self._torn: str | None = None  # what was understood before the recogniser broke off; None: it did not
        self._lost = False

    def turned(self, fact: CallerTurned, plan: DeadAir, *, owed: bool) -> None:
        """The caller is heard, or no longer; words are `owed` only for what is not said into the agent's own."""
        if fact.state == "speaking":
            self._since = self._began = fact.since
            self.due = math.inf
        elif self._since is not None:
            long = fact.since - self._since >= plan.voiced or self._torn is not None
            self._since, self._ended = None, fact.since
            self.due = fact.since + plan.deaf if long and owed else math.inf

    def understood(self, text: str, now: float, *, final: bool) -> None:
        """There are words."""
        self.due, self.turns = math.inf, 0
        self._partial = "" if final else text
        if final and self._torn is not None:
            voice = (now if self._since is not None else self._ended) - self._began
            short = len(text) < SLOW * voice
            self._lost, self._torn = self._lost or (_missing(self._torn, text) if self._torn else short), None

    def broke_off(self, now: float) -> None:
        """The recogniser lost its connection, and with it what it had not yet understood for good."""
        if self._since is not None and now - self._since >= BRIEF and self._torn is None:
            self._torn = self._partial

    def committed(self) -> bool:
        """The caller's turn is over; whether a part of it was lost."""
        lost, self._lost, self._torn, self._partial = self._lost, False, None, ""
        self.due, self.turns = math.inf, 0
        return lost

    def last_sound(self, now: float) -> float:
        """When the words that come now were said."""
        return self._ended if now - self._ended < RECENT else now

    def count(self, plan: DeadAir, now: float) -> str:
        """One more turn without words, and why it is one."""
        self.due, self.turns, self._torn = math.inf, self.turns + 1, None
        return f"a voice was heard and no word in {now - self._ended:.1f} s, {self.turns} of {plan.deafs}"


def _missing(before: str, after: str) -> bool:
    """Whether what was understood first is no longer there; one word may have been corrected."""
    words = {_plain(word) for word in after.split()}
    return sum(_plain(word) not in words for word in before.split()) > 1


def _plain(word: str) -> str:
    return "".join(sign for sign in word.casefold() if sign.isalnum())
