"""What a caller hears from an agent with two tracks: the session's track and offhook's announcement track."""

import asyncio

import numpy as np
import pytest
from livekit import rtc

from offhook.testing.simulation.earpiece import Earpiece
from offhook.testing.simulation.source import AudioSource

RATE = 24_000


async def test_a_track_that_is_cut_leaves_the_other_one_sounding() -> None:
    earpiece = Earpiece()
    session, announcement = earpiece.listener("roomio_audio"), earpiece.listener("offhook_announcement")
    session(10.0, 5.0)
    announcement(16.0, 3.0)
    session(12.0, 0.0)
    assert earpiece.sound == [(10.0, 12.0), (16.0, 19.0)]
    assert earpiece.silent_since == 19.0


async def test_two_tracks_at_once_are_one_sound() -> None:
    earpiece = Earpiece()
    session, announcement = earpiece.listener("roomio_audio"), earpiece.listener("offhook_announcement")
    announcement(11.0, 5.0)
    session(10.0, 2.0)
    assert earpiece.sound == [(10.0, 16.0)]


async def test_background_is_not_heard() -> None:
    earpiece = Earpiece()
    earpiece.listener("background_audio")(10.0, 5.0)
    assert (earpiece.sound, earpiece.silent_since) == ([], 0.0)


async def test_whoever_waits_is_woken_by_a_new_sound_and_by_a_cut() -> None:
    earpiece, woken = Earpiece(), asyncio.Event()
    earpiece.changed = woken.set
    session = earpiece.listener("roomio_audio")
    for heard in ((10.0, 5.0), (12.0, 0.0)):
        woken.clear()
        session(*heard)
        assert woken.is_set()


async def test_the_same_audio_sounds_the_same_in_frames_of_every_length() -> None:
    tone = (8_000 * np.sin(np.arange(RATE) / 20)).astype(np.int16)
    tone[:300], tone[12_000:13_700], tone[20_000:20_900], tone[23_500:] = 0, 0, 0, 0
    for length in (240, 960, 1_200, 1_201, 24_000):
        earpiece, source = Earpiece(), AudioSource(RATE, 1, queue_size_ms=2_000)
        source.listener = earpiece.listener("roomio_audio")
        zero = asyncio.get_running_loop().time()
        source._ends = zero
        for first in range(0, RATE, length):
            part = tone[first : first + length]
            await source.capture_frame(rtc.AudioFrame(part.tobytes(), RATE, 1, len(part)))
        sound = [pytest.approx([began - zero, ended - zero], abs=1e-3) for began, ended in earpiece.sound]
        assert sound == [[300 / RATE, 0.5], [13_700 / RATE, 23_500 / RATE]], length
