"""Resampled audio has the same samples every time."""

import numpy as np
import pytest
from livekit import rtc

from offhook.testing.simulation.resampler import Resampler


def tone(rate: int, seconds: float) -> bytes:
    return (8_000 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)).astype(np.int16).tobytes()


def resampled(given: int, wanted: int) -> bytes:
    resampler, pcm = Resampler(given, wanted), tone(given, 1.0)
    step = given // 20 * 2
    frames = [frame for at in range(0, len(pcm), step) for frame in resampler.push(bytearray(pcm[at : at + step]))]
    return b"".join(bytes(frame.data) for frame in [*frames, *resampler.flush()])


@pytest.mark.parametrize("rates", [(24_000, 16_000), (48_000, 16_000), (16_000, 24_000)])
def test_the_same_sound_gives_the_same_samples(rates: tuple[int, int]) -> None:
    first = resampled(*rates)
    assert first == resampled(*rates)
    assert len(first) // 2 == pytest.approx(rates[1], abs=2)


def test_silence_stays_silence() -> None:
    silence = rtc.AudioFrame(bytes(2_400), 24_000, 1, 1_200)
    frames = Resampler(24_000, 16_000).push(silence)
    assert frames
    assert not any(any(frame.data) for frame in frames)


def test_it_is_used_again_after_its_end() -> None:
    resampler = Resampler(24_000, 16_000)
    for _ in range(2):
        assert [*resampler.push(bytearray(tone(24_000, 0.1))), *resampler.flush()]
