"""Aborts a virtual-time run that makes no progress."""

import time
from typing import TYPE_CHECKING

from offhook.core.errors import OffhookError

if TYPE_CHECKING:
    from offhook.testing.virtual.loop import VirtualLoop

__all__ = ["LONGEST", "PATIENCE", "StuckError", "Watchdog"]

PATIENCE = 60.0
"""If the virtual clock stands still for this many real seconds, the run is aborted."""
LONGEST = 6 * 3600.0
"""Virtual seconds after which a run with many jumps of the clock (see `_MAX_JUMPS`) is aborted."""
_MIN_MOVE = 1e-3
_STEPS_PER_CHECK = 16
_MAX_JUMPS = 100_000
"""The limit `longest` applies only after this many jumps, because a correct run may cover a year in a few jumps."""
_FINAL_PATIENCE = 1.0
"""Real seconds in which cancelled tasks must end after an abort."""
_real = time.monotonic
"""The real clock, captured before any patch."""


class StuckError(OffhookError):
    """A run in virtual time makes no progress, or has lasted too long."""


class Watchdog:
    """Raises `StuckError` if the clock of `loop` stands still for too long, or if a run takes too much virtual time.
    After this error, the cancelled tasks must end within 1 s of real time.

    `failure` is the error that ends the run. The run ends even if a callback catches the error.
    """

    def __init__(self, loop: "VirtualLoop", *, patience: float, longest: float) -> None:
        self._loop = loop
        self.patience = patience
        self.longest = longest
        self.stuck = False
        self.failure: StuckError | None = None
        self.start()

    def start(self) -> None:
        """Called each time the loop starts to run; resets all counts."""
        self.failure = None
        self._steps = self._jumps = 0
        self._since = _real()
        self._began = self._next = self._loop.time()

    def finish(self) -> None:
        """Called when the loop has stopped normally; raises `failure` if a callback has caught the error."""
        if self.failure is not None:
            raise self.failure

    def on_jump(self) -> None:
        """Called after each move of the clock; raises if the run has lasted too long."""
        now = self._loop.time()
        if now < self._next:
            self.on_step()
            return
        self._next = now + _MIN_MOVE
        self._steps = 0
        self._jumps += 1
        if self._jumps > _MAX_JUMPS and now - self._began > self.longest:
            raise self.error(
                f"virtual time has run for {self.longest:g} s and {self._jumps} timers without an end; a task waits "
                "for an event that never happens, while a timer fires again and again: give that wait a timeout, or "
                "raise the limit with longest="
            )

    def on_step(self) -> None:
        """Called after each loop step that did not move the clock; raises if the clock stands still for too long."""
        self._steps += 1
        if self._steps == 1:
            self._since = _real()
        elif not self._steps % _STEPS_PER_CHECK and _real() - self._since > self.patience:
            raise self.error(
                f"callbacks have run for {self.patience:g} s of real time without a wait, so virtual time stands "
                "still; a task polls without a wait, for example `while not done: await asyncio.sleep(0)`: wait for "
                "the event instead"
            )

    def check_work(self, began: float) -> None:
        """Raise if work in threads takes too long; `began` is the real time at which the wait for this work began."""
        if _real() - began > self.patience:
            raise self.error(
                f"work in a thread has not ended within {self.patience:g} s of real time, so virtual time stands "
                "still; give that work a timeout, or raise the limit with patience="
            )

    def deadlock_error(self) -> StuckError:
        """Return the error of a run in which every task waits and no timer is set."""
        return self.error(
            "every task waits and no timer is set, so the run would never end; give the wait a timeout, or make the "
            "awaited event happen"
        )

    def error(self, text: str) -> StuckError:
        self.stuck = True
        self.patience = min(self.patience, _FINAL_PATIENCE)
        self.failure = StuckError(f"{text}; waiting tasks:\n{self._loop.pending()}")
        return self.failure
