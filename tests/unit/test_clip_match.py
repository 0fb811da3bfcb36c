"""The phone bench measures the missing edges of a clip in received audio."""

import numpy as np
import pytest
from bench.clip_match import lost_at_end_ms, lost_at_start_ms
from bench.clips import CLIP_RATE, GOODBYE, TONE_GREETING, clip

from offhook.testing.sip.pcmu import decode, encode
from offhook.testing.speech import RATE, Samples

MS = RATE // 1000


def received(text: str, *, start: int = 0, end: int = 0) -> Samples:
    """The clip between two silences, without so many milliseconds at its edges, as a telephone carries it."""
    known = clip(text)
    wide = np.interp(np.arange(0, len(known), CLIP_RATE / RATE), np.arange(len(known)), known).astype(np.int16)
    kept = wide[start * MS : len(wide) - end * MS]
    silence = np.zeros(300 * MS, np.int16)
    return decode(encode(np.concatenate((silence, kept, silence)))[3:])  # no part of a packet is aligned


@pytest.mark.parametrize("lost", [0, 15, 30, 55, 195, 350])
def test_the_missing_part_of_an_edge(lost: int) -> None:
    expected = 0 if lost <= 20 else pytest.approx(lost, abs=13)
    assert lost_at_start_ms(received(TONE_GREETING, start=lost), clip(TONE_GREETING)) == expected
    assert lost_at_end_ms(received(GOODBYE, end=lost), clip(GOODBYE)) == expected


@pytest.mark.slow
def test_a_line_that_was_not_heard_is_lost_as_a_whole() -> None:
    noise = np.random.default_rng(1).normal(0, 300, RATE).astype(np.int16)
    for heard in (np.zeros(0, np.int16), np.zeros(RATE, np.int16), noise):
        assert lost_at_start_ms(heard, clip(TONE_GREETING)) == 500
        assert lost_at_end_ms(heard, clip(GOODBYE)) == 500


def test_a_concealed_packet_is_not_received_audio() -> None:
    whole = received(GOODBYE, end=60)
    end = len(whole) - 300 * MS
    whole[end : end + 60 * MS] = np.tile(whole[end - 20 * MS : end], 3)  # repeats the last 20 ms
    assert lost_at_end_ms(whole, clip(GOODBYE)) == pytest.approx(60, abs=25)


def test_audio_that_a_jitter_buffer_stretches_is_not_lost() -> None:
    whole = received(GOODBYE)
    middle = len(whole) - 550 * MS
    longer = np.concatenate((whole[:middle], whole[middle - 12 * MS : middle], whole[middle:]))
    assert lost_at_end_ms(longer, clip(GOODBYE)) == 0
