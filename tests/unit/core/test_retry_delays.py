"""Attempts become rarer, over about three days."""

from itertools import pairwise

from offhook.core.retry_delays import DELAYS


def test_the_delays_grow_and_cover_three_days() -> None:
    assert all(earlier < later for earlier, later in pairwise(DELAYS))
    assert 72 * 3600 <= sum(DELAYS) < 80 * 3600
