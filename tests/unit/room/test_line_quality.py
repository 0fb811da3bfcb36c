"""The quality of the caller's line: one fact when it turns bad, and one summary."""

import tracemalloc
from collections.abc import Iterable

import pytest
from livekit import rtc

from offhook.core.facts import Fact, LineMeasured, LineTurnedBad
from offhook.room.line_quality import LineQuality, Sample, sample_of


def _samples(*spans: tuple[int, float, float, float | None], at: float = 100.0) -> Iterable[Sample]:
    """Samples of one per second: (seconds, share of lost packets, share of concealed audio, round trip)."""
    received = lost = concealed = samples = 0
    for seconds, loss, made_up, trip in spans:
        for _ in range(seconds):
            received, lost = received + round(50 * (1 - loss)), lost + round(50 * loss)
            samples, concealed = samples + 48_000, concealed + round(48_000 * made_up)
            yield Sample(at, received, lost, samples, concealed, 0.004, trip)
            at += 1.0


def _facts(samples: Iterable[Sample]) -> list[Fact]:
    posted: list[Fact] = []
    quality = LineQuality(posted.append)
    for sample in samples:
        quality.add(sample)
    quality.finish()
    quality.finish()
    return posted


def test_a_good_line_has_a_summary_only() -> None:
    assert _facts(_samples((60, 0.02, 0.01, 0.05))) == [
        LineMeasured(59.0, 2940, loss=0.02, jitter_ms=4.0, jitter_max_ms=4.0, concealed=0.01, round_trip_ms=50.0)
    ]


@pytest.mark.parametrize("bad", [(20, 0.2, 0.0, 0.05), (20, 0.0, 0.2, 0.05), (20, 0.0, 0.0, 2.0)])
def test_a_line_that_turns_bad_is_told_once(bad: tuple[int, float, float, float]) -> None:
    facts = _facts(_samples((30, 0.0, 0.0, 0.05), bad, (10, 0.0, 0.0, 0.05)))
    assert [type(fact) for fact in facts] == [LineTurnedBad, LineMeasured]
    assert isinstance(facts[0], LineTurnedBad)
    assert 118 <= facts[0].since <= 132


def test_a_line_that_recovers_and_turns_bad_again_is_told_again() -> None:
    good, bad = (30, 0.0, 0.0, None), (15, 0.2, 0.0, None)
    assert [type(fact) for fact in _facts(_samples(good, bad, good, bad))] == [
        LineTurnedBad,
        LineTurnedBad,
        LineMeasured,
    ]


def test_the_samples_of_an_hour_need_little_memory() -> None:
    quality = LineQuality(lambda _: None)
    tracemalloc.start()
    try:
        for n in range(3600):
            quality.add(Sample(float(n), 50 * n + 1, 0, 48_000 * n, 0, n / 1e6, n / 1e6))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 100_000  # two arrays of 3600 numbers; lists need 240,000


def test_few_packets_of_a_silent_caller_say_nothing() -> None:
    samples = [Sample(100.0 + n, 3 * n + 1, n, 48_000 * n, 0, 0.004) for n in range(30)]
    (fact,) = _facts(samples)
    assert isinstance(fact, LineMeasured)


def test_counters_of_a_new_track_begin_again() -> None:
    first, second = [*_samples((20, 0.0, 0.0, None))], [*_samples((20, 0.0, 0.0, None), at=130.0)]
    (fact,) = _facts([*first, *second])
    assert fact == LineMeasured(49.0, 2000, loss=0.0, jitter_ms=4.0, jitter_max_ms=4.0, concealed=0.0)


def test_nothing_measured_is_no_fact() -> None:
    assert _facts([]) == []
    assert sample_of([], 1.0) is None


def test_counters_are_read_from_the_statistics_of_the_sdk() -> None:
    pair, stats = rtc.stats.RtcStats(), rtc.stats.RtcStats()
    pair.candidate_pair.candidate_pair.current_round_trip_time = 0.02
    stats.inbound_rtp.received.packets_received = 50
    stats.inbound_rtp.received.packets_lost = -1
    stats.inbound_rtp.received.jitter = 0.003
    stats.inbound_rtp.inbound.total_samples_received = 48_000
    stats.inbound_rtp.inbound.concealed_samples = 500
    stats.inbound_rtp.inbound.silent_concealed_samples = 400
    assert sample_of([pair, stats], 7.0) == Sample(7.0, 50, 0, 48_000, 100, 0.003, 0.02)
