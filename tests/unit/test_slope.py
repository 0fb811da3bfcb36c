"""The slope of a slow growth, as `python -m bench.soak` reports it."""

import pytest
from bench.slope import slope

EVERY = 10.0
STEP = 1.0


def samples(minutes: int, per_hour: float) -> list[tuple[float, float]]:
    """Return samples that grow by `per_hour`, with every third one a step higher, as a heap that is trimmed again."""
    times = [EVERY * at for at in range(minutes * 6)]
    return [(at, 40 + per_hour * at / 3600 + STEP * (number % 3 == 0)) for number, at in enumerate(times)]


def test_short_steps_of_the_memory_do_not_change_the_slope() -> None:
    assert slope(samples(10, 6.0)).per_hour == pytest.approx(6.0, abs=0.5)


def test_the_interval_has_the_slope_and_is_narrower_after_more_minutes() -> None:
    jumps = [(at, value + 0.3 * (at // 60 % 2)) for at, value in samples(30, 6.0)]
    short, long = slope(jumps[: 6 * 6]), slope(jumps)
    assert short.low <= short.per_hour <= short.high
    assert long.low <= 6.0 <= long.high
    assert long.high - long.low < (short.high - short.low) / 2


def test_memory_that_stays_the_same_has_no_slope() -> None:
    found = slope([(EVERY * at, 40.0) for at in range(36)])
    assert (found.low, found.per_hour, found.high) == (0, 0, 0)
