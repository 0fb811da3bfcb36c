"""Computes when a message is sent again after a failed attempt."""

from offhook.core.retry_delays import DELAYS
from offhook.journal.outbox import Delivery, Result

__all__ = ["DELAYS", "after_failure"]

_MOST = 24 * 3600.0
"""The maximum delay in seconds that a receiver can request with `Retry-After`. A longer delay is shortened to this."""


def after_failure(
    delivery: Delivery, error: str, *, now: float, jitter: float = 0.0, retry_after: float = 0.0
) -> Result:
    """Return a result with the state `pending` and the time of the next attempt. After the last attempt, the state
    is `dead`.

    `jitter` is between 0 and 1. The jitter makes a delay up to 10 % longer, so that many messages do not arrive at the
    same moment. `retry_after` is the minimum delay in seconds that the receiver has requested.
    """
    if delivery.attempts >= len(DELAYS):
        return Result(delivery, "dead", now, error)
    delay = DELAYS[delivery.attempts] * (1 + jitter / 10)
    return Result(delivery, "pending", now + max(delay, min(retry_after, _MOST)), error)
