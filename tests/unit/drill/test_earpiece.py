"""What a caller hears from an agent with two tracks: the session's track and offhook's announcement track."""

import asyncio

from offhook.testing.simulation.earpiece import Earpiece


async def test_a_track_that_is_cut_leaves_the_other_one_sounding() -> None:
    earpiece = Earpiece()
    session, announcement = earpiece.listener("roomio_audio"), earpiece.listener("offhook_announcement")
    session(10.0, 5.0, True)
    announcement(16.0, 3.0, True)
    session(12.0, 0.0, False)
    assert earpiece.sound == [(10.0, 12.0), (16.0, 19.0)]
    assert earpiece.silent_since == 19.0


async def test_two_tracks_at_once_are_one_sound() -> None:
    earpiece = Earpiece()
    session, announcement = earpiece.listener("roomio_audio"), earpiece.listener("offhook_announcement")
    announcement(11.0, 5.0, True)
    session(10.0, 2.0, True)
    assert earpiece.sound == [(10.0, 16.0)]


async def test_neither_silence_nor_background_is_heard() -> None:
    earpiece = Earpiece()
    earpiece.listener("roomio_audio")(10.0, 5.0, False)
    earpiece.listener("background_audio")(10.0, 5.0, True)
    assert (earpiece.sound, earpiece.silent_since) == ([], 0.0)


async def test_whoever_waits_is_woken_by_a_new_sound_and_by_a_cut() -> None:
    earpiece, woken = Earpiece(), asyncio.Event()
    earpiece.changed = woken.set
    session = earpiece.listener("roomio_audio")
    for heard in ((10.0, 5.0, True), (12.0, 0.0, False)):
        woken.clear()
        session(*heard)
        assert woken.is_set()
