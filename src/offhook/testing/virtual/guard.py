"""Gives a virtual run up that gets nowhere: its time stands still, or runs on for nobody."""

import time
from typing import TYPE_CHECKING

from offhook.core.errors import OffhookError

if TYPE_CHECKING:
    from offhook.testing.virtual.loop import VirtualLoop

__all__ = ["LONGEST", "PATIENCE", "Guard", "StuckError"]

PATIENCE = 60.0
"""Real seconds in which the clock must move, or the run is given up."""
LONGEST = 6 * 3600.0
"""Virtual seconds after which it is given up."""
_MOVED = 1e-3
_EVERY = 16
_MANY = 100_000
"""A clock may pass a year in a few jumps; so many make a run that does not end."""
_LAST = 1.0
"""Real seconds that what is cancelled then gets, and whoever wakes us when no timer is set."""
_real = time.monotonic
"""Taken before anybody can patch it."""


class StuckError(OffhookError):
    """Nothing can happen any more, or nothing but the same again, and the loop would run for ever."""


class Guard:
    """Is told of each step of `loop`; raises `StuckError`, and then leaves little time to what is cancelled.

    `verdict` is the error that ends the run, also when a callback in which it was raised has caught it.
    """

    def __init__(self, loop: "VirtualLoop", *, patience: float, longest: float) -> None:
        self._loop = loop
        self.patience = patience
        self.longest = longest
        self.stuck = False
        self.verdict: StuckError | None = None
        self.starts()

    def starts(self) -> None:
        """The loop starts to run, or goes on: what was before does not count."""
        self.verdict = None
        self._steps = self._jumps = 0
        self._since = _real()
        self._began = self._next = self._loop.time()

    def ends(self) -> None:
        """The loop has stopped of its own accord."""
        if self.verdict is not None:
            raise self.verdict

    def jumped(self) -> None:
        """The clock was moved."""
        now = self._loop.time()
        if now < self._next:
            self.stepped()
            return
        self._next = now + _MOVED
        self._steps = 0
        self._jumps += 1
        if self._jumps > _MANY and now - self._began > self.longest:
            raise self.error(
                f"virtual time has run for {self.longest:g} s and {self._jumps} timers, and this does not end; "
                "somebody waits for what never comes while a timer goes off again and again: give that wait a time "
                "limit, or allow more with longest="
            )

    def stepped(self) -> None:
        """Something was done at the moment at which the clock stands."""
        self._steps += 1
        if self._steps == 1:
            self._since = _real()
        elif not self._steps % _EVERY and _real() - self._since > self.patience:
            raise self.error(
                f"callbacks have run for {self.patience:g} s of real time without a wait, so virtual time stands "
                "still; somebody asks again and again, as `while not done: await asyncio.sleep(0)` does: wait for the "
                "event instead"
            )

    def worked(self, began: float) -> None:
        """A thread works since then, in real seconds."""
        if _real() - began > self.patience:
            raise self.error(
                f"work in a thread has not ended within {self.patience:g} s of real time, so virtual time stands "
                "still; give it a time limit of its own, or allow more with patience="
            )

    def waited(self) -> StuckError:
        """Nobody has come."""
        return self.error(
            "everybody waits and nothing is due, so this would take for ever; give what is waited for a time limit, "
            "or make it happen"
        )

    def error(self, text: str) -> StuckError:
        self.stuck = True
        self.patience = min(self.patience, _LAST)
        self.verdict = StuckError(f"{text}; tasks that wait:\n{self._loop.pending()}")
        return self.verdict
