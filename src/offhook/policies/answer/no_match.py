"""Detects speech without a transcript (no-match), and words lost by an STT disconnect."""

import math

from offhook.core.dead_air import DeadAir
from offhook.core.facts import CallerStateChanged

__all__ = ["NO_MATCH", "NoMatchDetector"]

NO_MATCH = "no-match"
"""The reason of a decision about a no-match starts with this word."""

RECENT = 3.0
"""A transcript that arrives within this many seconds after a sound belongs to that sound."""
MIN_LOST = 0.5
"""An STT disconnect may have lost words only if the caller had spoken for at least this many seconds."""
MIN_RATE = 8.0
"""If the transcript after an STT disconnect has fewer characters per second of speech than this, words were lost."""
GRACE = 0.7
"""After a further short sound, the detector still waits at least this many seconds for the transcript of the earlier
speech.
"""


class NoMatchDetector:
    """`due` is the time at which the transcript is overdue; `count` is the number of no-matches in a row."""

    def __init__(self) -> None:
        self.count = 0
        self._owed_at = math.inf
        self._since: float | None = None
        self._free = self._transcribed = self._announced = False
        self._began = self._ended = -math.inf
        self._interim = ""  # the interim transcript whose final transcript is missing
        self._cut: str | None = None  # the interim transcript at an STT disconnect; None: no disconnect
        self._lost = False

    @property
    def due(self) -> float:
        return self._owed_at if self._since is None else math.inf

    @property
    def late(self) -> bool:
        """True if the final transcript after an interim transcript is missing, and no filler was played yet."""
        return bool(self._interim) and not self._announced

    def turned(self, fact: CallerStateChanged, plan: DeadAir, *, free: bool) -> None:
        """Handle the start or the end of the caller's speech.

        `free`: no speech of the agent is played, paused or awaited. In two cases the detector does not wait for a
        transcript. If the agent speaks, no transcript is needed, because LiveKit resumes or interrupts the agent's
        speech. With push-to-talk, the transcript may arrive only when the agent's code ends the turn. If the detector
        already waits for a transcript, a further short sound can postpone the end of the wait: the wait ends at the
        earliest `GRACE` seconds after this sound.
        """
        if fact.state == "speaking":
            if math.isinf(self._owed_at):
                self._free, self._transcribed = free, False
            self._since = self._began = fact.since
        elif self._since is not None:
            long = fact.since - self._since >= plan.min_speech or self._cut is not None
            self._since, self._ended = None, fact.since
            self._owed_at = self._owed(plan, long=long) if free and self._free and not fact.manual else math.inf

    def _owed(self, plan: DeadAir, *, long: bool) -> float:
        if long and not self._transcribed:
            return self._ended + plan.no_match
        if self._interim:
            return self._ended + plan.filler
        return max(self._owed_at, self._ended + GRACE)

    def answering(self) -> None:
        """Stop waiting for a transcript, for example because an answer is being made or played."""
        self._owed_at, self._announced = math.inf, False

    def understood(self, text: str, now: float, *, final: bool) -> None:
        """Handle a transcript."""
        self.answering()
        self.count, self._transcribed = 0, True
        self._interim = "" if final else text
        if final and self._cut is not None:
            speech = (now if self._since is not None else self._ended) - self._began
            short = len(text) < MIN_RATE * speech
            self._lost, self._cut = self._lost or (_words_missing(self._cut, text) if self._cut else short), None

    def announce(self, plan: DeadAir, now: float) -> str:
        """Handle a filler that is played because the final transcript is late. Return a text that says how late the
        transcript is.
        """
        self._announced, self._owed_at = True, self._ended + plan.retry
        return f"no final transcript {now - self._ended:.1f} s after the caller spoke"

    def broke_off(self, now: float) -> None:
        """Handle a disconnect of the STT: words without a final transcript may be lost."""
        if self._since is not None and now - self._since >= MIN_LOST and self._cut is None:
            self._cut = self._interim

    def end_turn(self) -> bool:
        """Handle the end of the caller's turn. Return True if a part of the turn was lost."""
        lost, self._lost, self._cut, self._interim = self._lost, False, None, ""
        self.answering()
        self.count = 0
        return lost

    def last_sound(self, now: float) -> float:
        """Return the time at which the caller's last sound ended. If this sound ended too long ago to belong to the
        turn's transcript, return the current time.
        """
        return self._ended if now - self._ended < RECENT else now

    def add(self, plan: DeadAir, now: float) -> str:
        """Count one more no-match; return a text that describes the no-match."""
        self.answering()
        self.count, self._cut, self._interim = self.count + 1, None, ""
        count = f"{self.count} of {plan.max_no_matches}"
        return f"{NO_MATCH}: no transcript {now - self._ended:.1f} s after speech, {count}"


def _words_missing(before: str, after: str) -> bool:
    """True if more than one word of the interim transcript is missing from the final transcript.

    A single missing word may be a correction by the STT.
    """
    words = {_plain(word) for word in after.split()}
    return sum(_plain(word) not in words for word in before.split()) > 1


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())
