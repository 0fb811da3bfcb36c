"""When a message is sent again after a failed attempt."""

from offhook.journal.outbox import Delivery, Result

__all__ = ["DELAYS", "after_failure"]

_MINUTE, _HOUR = 60.0, 3600.0
DELAYS = (5.0, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR)
"""Seconds after each failed attempt; the schedule of the Standard Webhooks specification. In all, 75 hours."""
_MOST = 24 * _HOUR
"""The longest `Retry-After` that counts."""


def after_failure(
    delivery: Delivery, error: str, *, now: float, jitter: float = 0.0, retry_after: float = 0.0
) -> Result:
    """Return when the next attempt is due, or `dead` after the last attempt.

    `jitter` is between 0 and 1. It makes a delay up to 10 % longer, so that many messages do not come at one moment.
    `retry_after` is the least delay that the receiver asks for.
    """
    if delivery.attempts >= len(DELAYS):
        return Result(delivery, "dead", now, error)
    delay = DELAYS[delivery.attempts] * (1 + jitter / 10)
    return Result(delivery, "pending", now + max(delay, min(retry_after, _MOST)), error)
