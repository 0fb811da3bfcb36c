"""Collects phone keys that the caller presses. The collection ends with enough digits, an end key, a time-out, words of
the caller, or the end of the call.
"""

from offhook.core.collected import Collected
from offhook.core.errors import OffhookError
from offhook.core.facts import (
    CallerLeft,
    EndRequested,
    Fact,
    KeyPressed,
    MessageCommitted,
    Tick,
    TranscriptReceived,
)

__all__ = ["KEYS", "KeyCollector"]

KEYS = "0123456789*#ABCD"
MAX_DIGITS = 64


class KeyCollector:
    """Collects the keys of one caller. The collector has no timer: `deadline` says when `handle` needs a `Tick`."""

    def __init__(self, digits: int | None, *, timeout: float, inter_digit: float, end: str, clear: str) -> None:
        if digits is not None and not 1 <= digits <= MAX_DIGITS:
            raise OffhookError(f"digits={digits!r}: give 1 to {MAX_DIGITS}, or None and an end key")
        if digits is None and not end:
            raise OffhookError(
                "digits=None needs an end key such as end='#'; without a key, only the time-out ends the collection"
            )
        for name, key in (("end", end), ("clear", clear)):
            if key and (len(key) != 1 or key not in KEYS):
                raise OffhookError(f"{name}={key!r}: give one key of {KEYS}, or an empty string for none")
        if end and end == clear:
            raise OffhookError(f"end and clear are the same key {end!r}; give two keys")
        for name, seconds in (("timeout", timeout), ("inter_digit", inter_digit)):
            if not 0 < seconds <= 300:
                raise OffhookError(f"{name}={seconds!r}: give seconds, more than 0 and at most 300")
        self._digits, self._timeout, self._inter_digit = digits, timeout, inter_digit
        self._end, self._clear = end, clear
        self.keys = ""
        self.pressed = False
        self.deadline: float | None = None

    def start(self, now: float) -> None:
        """Handle the end of the spoken prompt: the time limit for the first key starts now."""
        if not self.pressed:
            self.deadline = now + self._timeout

    def handle(self, fact: Fact, now: float) -> Collected | None:
        """Handle a fact; return the result if the collection ends with this fact, otherwise None."""
        match fact:
            case KeyPressed(digit=digit):
                return self._press(digit.upper(), now)
            case TranscriptReceived(text=text, final=True) | MessageCommitted("user", text) if text.strip():
                return Collected(self.keys, text.strip(), "words")
            case TranscriptReceived(text=text) if text.strip() and self.deadline is not None:
                self.deadline = max(self.deadline, now + self._inter_digit)
            case CallerLeft() | EndRequested():
                return Collected(self.keys, ended="call_over")
            case Tick() if self.deadline is not None and now >= self.deadline:
                return Collected(self.keys, ended="timeout")
        return None

    def _press(self, key: str, now: float) -> Collected | None:
        self.pressed, self.deadline = True, now + self._inter_digit
        if key == self._end:
            return Collected(self.keys, ended="end_key")
        if key == self._clear:
            self.keys, self.deadline = "", now + self._timeout
            return None
        self.keys += key
        full = len(self.keys) == (self._digits or MAX_DIGITS)
        return Collected(self.keys, ended="complete") if full else None
