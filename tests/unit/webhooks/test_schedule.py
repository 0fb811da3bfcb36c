"""The schedule of the attempts."""

from offhook.journal.outbox import Delivery, Result
from offhook.webhooks.schedule import DELAYS, after_failure


def _delivery(attempts: int) -> Delivery:
    return Delivery(1, "msg_1", "example.com-1", "call.ended", "AJ_1", 1, 0.0, "pending", attempts, 0.0, "")


def test_ten_attempts_take_about_three_days() -> None:
    now = 0.0
    for attempts in range(len(DELAYS)):
        result = after_failure(_delivery(attempts), "no", now=now)
        assert result.state == "pending"
        now = result.due
    assert now == 75 * 3600 + 35 * 60 + 5
    assert after_failure(_delivery(len(DELAYS)), "no", now=now) == Result(_delivery(len(DELAYS)), "dead", now, "no")


def test_delays_differ_by_a_tenth_at_most() -> None:
    assert after_failure(_delivery(0), "no", now=0, jitter=1.0).due == 5.5


def test_a_receiver_may_ask_for_a_longer_delay_of_a_day_at_most() -> None:
    assert after_failure(_delivery(0), "no", now=0, retry_after=60).due == 60
    assert after_failure(_delivery(0), "no", now=0, retry_after=1e9).due == 86_400
