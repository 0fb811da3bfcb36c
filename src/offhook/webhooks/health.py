"""Tracks whether a receiver works, so that a receiver that is down gets few requests."""

from collections.abc import Sequence
from typing import Final

from offhook.webhooks.post import Answer

__all__ = ["AT_ONCE", "PROBE", "ReceiverHealth"]

AT_ONCE: Final = 8
"""The maximum number of requests to one receiver at the same time. Each of these requests is about a different call."""
PROBE: Final = 60.0
"""The interval in seconds between two requests to a receiver that is down."""
_DOWN_AFTER: Final = 3
"""After this many batches in which every answer was `down`, a receiver is down. An accepted message resets the count.
"""


class ReceiverHealth:
    """The health of one receiver. `failing` is True from the first logged failure until a message is accepted."""

    def __init__(self) -> None:
        self.failing = False
        self._failed = 0
        self._probe_at = 0.0

    def limit(self, now: float) -> int:
        """Return how many messages may be sent to this receiver now."""
        if self._failed < _DOWN_AFTER:
            return AT_ONCE
        return int(now >= self._probe_at)

    def recovered(self, answers: Sequence[Answer], now: float) -> bool:
        """Record the answers of one batch. Return True if the receiver was down and accepts messages again."""
        accepted = any(not answer.error for answer in answers)
        if not accepted and not all(answer.down for answer in answers):
            return False
        was_down = self._failed >= _DOWN_AFTER
        if accepted:
            self.failing, self._failed = False, 0
            return was_down
        self._failed += 1
        self._probe_at = now + PROBE
        return False
