"""Received audio is placed on one timeline and split into utterances with sample accuracy."""

import numpy as np
import pytest

from offhook.testing.live.hearing import ReceivedAudio, SoundOnset, TrackAudio
from offhook.testing.live.timeline import Moment, format_timeline
from offhook.testing.speech import RATE, Samples

FRAME = 480


def loud(count: int) -> Samples:
    return np.where(np.arange(count) % 100 < 50, 8000, -8000).astype(np.int16)


def play(track: TrackAudio, pcm: Samples, *, at: float = 100.0, late: dict[int, float] | None = None) -> None:
    """Feed 10 ms frames; the frame of an index in `late` arrives that many seconds late."""
    for index in range(len(pcm) // FRAME):
        delay = (late or {}).get(index, 0.0)
        track.add(pcm[index * FRAME : (index + 1) * FRAME], at + index * FRAME / RATE + delay)


def with_voice(*spans: tuple[int, int], length: int = RATE) -> Samples:
    pcm = np.zeros(length, np.int16)
    for first, last in spans:
        pcm[first:last] = loud(last - first)
    return pcm


@pytest.mark.parametrize("first", [4800, 4801, 5040, 5279])
def test_an_onset_is_found_at_its_sample_wherever_in_the_frame(first: int) -> None:
    track = TrackAudio()
    play(track, with_voice((first, first + 9600)))
    (heard,) = track.utterances()
    assert heard.started_at == pytest.approx(100 + first / RATE, abs=1e-6)
    assert heard.ended_at == pytest.approx(100 + (first + 9600) / RATE, abs=0.01)


def test_the_loudness_is_that_of_what_was_audible() -> None:
    track = TrackAudio()
    play(track, with_voice((4800, 9600)))
    assert track.utterances()[0].rms == pytest.approx(8000 / 32768, rel=0.01)


def test_a_pause_within_a_sentence_does_not_cut_it_and_a_longer_one_does() -> None:
    short, long = TrackAudio(), TrackAudio()
    play(short, with_voice((0, 4800), (4800 + int(0.34 * RATE), RATE)))
    play(long, with_voice((0, 4800), (4800 + int(0.36 * RATE), RATE)))
    assert (len(short.utterances()), len(long.utterances())) == (1, 2)


def test_a_busy_event_loop_does_not_move_an_onset() -> None:
    track = TrackAudio()
    play(track, with_voice((9600, 19200)), late={20: 0.03, 21: 0.02, 22: 0.01})
    assert track.utterances()[0].started_at == pytest.approx(100 + 9600 / RATE, abs=0.001)


def test_a_sound_that_is_sent_late_is_heard_late() -> None:
    track = TrackAudio()
    play(track, with_voice((9600, 19200)), late=dict.fromkeys(range(20, 100), 0.5))
    assert track.utterances()[0].started_at == pytest.approx(100.5 + 9600 / RATE, abs=0.001)


def test_two_tracks_that_speak_together_are_one_utterance() -> None:
    received = ReceivedAudio()
    play(received.add_track(), with_voice((4800, 24000)))
    play(received.add_track(), with_voice((14400, 33600)))
    (both,) = received.utterances()
    assert (both.started_at, both.ended_at) == pytest.approx((100.1, 100.7), abs=0.01)


def test_only_an_onset_after_the_asked_time_counts() -> None:
    received = ReceivedAudio()
    play(received.add_track(), with_voice((4800, 9600), (33600, 38400)))
    assert received.onset_since(100.2) == SoundOnset(pytest.approx(100.7, abs=1e-6))
    assert received.onset_since(100.8) is None


def test_nothing_heard_is_silence_without_a_beginning() -> None:
    received = ReceivedAudio()
    assert (received.silent_since(), received.listening()) == (None, False)
    play(received.add_track(), with_voice())
    assert (received.silent_since(), received.listening()) == (None, True)


def test_a_timeline_is_in_order_and_in_seconds_since_the_beginning() -> None:
    told = format_timeline([Moment(12.5, "agent", "listening"), Moment(10.25, "caller", "says 'hello'")], 10.0)
    assert told == "    0.25  caller    says 'hello'\n    2.50  agent     listening"
