"""A pause of the agent's audio takes effect at once, and the audio goes on with the word at which it was paused."""

import asyncio
import time
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents.voice import io

from offhook.core.facts import Fact, PlayoutPaused, PlayoutResumed, TtsResumed, TtsStalled
from offhook.session.inbound.stall_timer import StallTimer
from offhook.session.outbound.replay import ReplayOutput
from offhook.session.outbound.word_start import rest_of, seconds_of, word_start

RATE = 24_000


def tone(seconds: float, level: int = 1000) -> rtc.AudioFrame:
    samples = np.full(round(seconds * RATE), level, np.int16)
    return rtc.AudioFrame(samples.tobytes(), RATE, 1, len(samples))


class Room(io.AudioOutput):
    """An output that plays its queue in the time of the loop, as the room output does. `heard` has what was played."""

    def __init__(self) -> None:
        super().__init__(label="room", capabilities=io.AudioOutputCapabilities(pause=True), sample_rate=RATE)
        self.heard: list[np.ndarray[Any, np.dtype[np.int16]]] = []
        self.subscribed = asyncio.Event()
        self.subscribed.set()
        self._queue: list[rtc.AudioFrame] = []
        self._began: float | None = None
        self._playing: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await self.subscribed.wait()
        await super().capture_frame(frame)
        if self._began is None:
            self._began = asyncio.get_running_loop().time()
            self.on_playback_started(created_at=time.time())
        self._queue.append(frame)

    def flush(self) -> None:
        super().flush()
        if self._queue:
            self._playing = asyncio.create_task(self._play(), name="room")

    async def _play(self) -> None:
        await asyncio.sleep(seconds_of(self._queue) - self._elapsed)
        self._end(seconds_of(self._queue), interrupted=False)

    @property
    def _elapsed(self) -> float:
        return 0.0 if self._began is None else asyncio.get_running_loop().time() - self._began

    def clear_buffer(self) -> None:
        assert self._playing is not None
        self._playing.cancel()
        played = min(self._elapsed, seconds_of(self._queue))
        asyncio.get_running_loop().call_soon(lambda: self._end(played, interrupted=True))

    def _end(self, played: float, *, interrupted: bool) -> None:
        samples = np.concatenate([np.frombuffer(frame.data, np.int16) for frame in self._queue])
        self.heard.append(samples[: round(played * RATE)])
        self._queue, self._began = [], None
        self.on_playback_finished(playback_position=played, interrupted=interrupted)


class Played:
    """The output under test, over a room; `ends` are the ends of its segments."""

    def __init__(self) -> None:
        self.room, self.facts, self.starts = Room(), list[Fact](), 0
        self.output = ReplayOutput(self.room, self._take, StallTimer(self._take))
        self.began = asyncio.get_running_loop().time()
        self.times: list[tuple[float, str]] = []
        self.ends: list[tuple[float, bool]] = []
        self.output.on(
            "playback_finished", lambda ev: self.ends.append((round(ev.playback_position, 3), ev.interrupted))
        )
        self.output.on("playback_started", self._started)

    def _started(self, _: object) -> None:
        self.starts += 1

    def _take(self, fact: Fact) -> None:
        self.facts.append(fact)
        self.times.append((round(asyncio.get_running_loop().time() - self.began, 2), type(fact).__name__))

    async def say(self, *frames: rtc.AudioFrame) -> None:
        for frame in frames:
            await self.output.capture_frame(frame)
        self.output.flush()

    @property
    def heard(self) -> list[int]:
        """The levels that were heard, in order, without repetitions."""
        every = np.concatenate(self.room.heard)
        return [int(level) for at, level in enumerate(every) if at == 0 or level != every[at - 1]]

    @property
    def heard_seconds(self) -> float:
        return round(sum(len(part) for part in self.room.heard) / RATE, 3)


async def test_audio_without_a_pause_is_passed_on() -> None:
    played = Played()
    await played.say(tone(1, 1), tone(1, 2))
    await played.output.wait_for_playout()
    assert (played.ends, played.heard, played.starts) == ([(2.0, False)], [1, 2], 1)
    assert played.output.sample_rate == RATE


async def test_a_pause_takes_effect_at_once_and_no_sample_is_lost() -> None:
    played = Played()
    await played.say(tone(1, 1), tone(1, 2), tone(1, 3))
    await asyncio.sleep(1.5)
    played.output.pause()
    assert round(played.output.played, 3) == 0.0 or played.output.paused
    await asyncio.sleep(10)
    assert (played.heard_seconds, played.ends) == (1.5, [])
    assert round(played.output.played, 3) == 1.5
    played.output.resume()
    await played.output.wait_for_playout()
    assert (played.heard_seconds, played.heard, played.ends) == (3.0, [1, 2, 3], [(3.0, False)])
    assert played.starts == 1
    assert played.facts == [PlayoutPaused(), PlayoutResumed()]


async def test_pausing_and_resuming_twice_is_the_same_as_once() -> None:
    played = Played()
    await played.say(tone(1))
    played.output.resume()
    played.output.pause()
    played.output.pause()
    await asyncio.sleep(1)
    played.output.resume()
    played.output.resume()
    await played.output.wait_for_playout()
    assert (played.heard_seconds, played.ends) == (1.0, [(1.0, False)])
    assert played.facts == [PlayoutPaused(), PlayoutResumed()]


async def test_audio_that_comes_during_the_pause_is_kept() -> None:
    played = Played()
    await played.output.capture_frame(tone(1, 1))
    await asyncio.sleep(0.5)
    played.output.pause()
    await asyncio.sleep(0.1)
    await played.say(tone(1, 2))
    await asyncio.sleep(1)
    played.output.resume()
    await played.output.wait_for_playout()
    assert (played.heard_seconds, played.heard, played.ends) == (2.0, [1, 2], [(2.0, False)])


async def test_a_speech_ends_whose_audio_was_all_played_before_the_pause() -> None:
    played = Played()
    await played.output.capture_frame(tone(1, 1))
    await asyncio.sleep(2)
    played.output.pause()
    await asyncio.sleep(1)
    played.output.resume()
    await asyncio.sleep(0.1)
    played.output.flush()
    await asyncio.wait_for(played.output.wait_for_playout(), 1)
    assert (played.heard_seconds, played.ends) == (1.0, [(1.0, False)])


async def test_a_speech_ends_that_is_complete_in_the_pause_after_all_its_audio_was_played() -> None:
    played = Played()
    await played.output.capture_frame(tone(1, 1))
    await asyncio.sleep(2)
    played.output.pause()
    played.output.flush()
    await asyncio.sleep(1)
    assert played.ends == []
    played.output.resume()
    await asyncio.wait_for(played.output.wait_for_playout(), 1)
    assert played.ends == [(1.0, False)]
    await played.say(tone(1, 2))
    await played.output.wait_for_playout()
    assert (played.heard, played.ends) == ([1, 2], [(1.0, False), (1.0, False)])


async def test_the_tts_stalls_although_a_pause_began_after_its_last_audio() -> None:
    played = Played()
    await played.output.capture_frame(tone(1, 1))
    await asyncio.sleep(2)
    played.output.pause()
    await asyncio.sleep(1)
    assert TtsStalled(since=played.began + 1, heard=1.0) not in played.facts
    played.output.resume_word()
    await asyncio.sleep(0.1)
    assert [name for _, name in played.times] == ["PlayoutPaused", "PlayoutResumed", "TtsStalled"]
    assert played.facts[-1] == TtsStalled(since=played.began + 1, heard=1.0)
    await played.say(tone(1, 2))
    await played.output.wait_for_playout()
    assert played.facts[-1] == TtsResumed()
    assert (played.heard, played.ends) == ([1, 2], [(2.0, False)])


async def test_a_stall_is_counted_from_the_end_of_the_rest_after_the_pause() -> None:
    played = Played()
    await played.output.capture_frame(tone(3, 1))
    await asyncio.sleep(1)
    played.output.pause()
    await asyncio.sleep(5)
    played.output.resume()
    await asyncio.sleep(10)
    assert played.times == [(1.0, "PlayoutPaused"), (6.0, "PlayoutResumed"), (9.5, "TtsStalled")]


async def test_audio_that_comes_during_the_pause_is_no_stall_and_ends_one() -> None:
    played = Played()
    await played.output.capture_frame(tone(1, 1))
    await asyncio.sleep(3)
    played.output.pause()
    await asyncio.sleep(1)
    await played.output.capture_frame(tone(1, 2))
    await asyncio.sleep(5)
    played.output.resume()
    await asyncio.sleep(2)
    played.output.flush()
    await played.output.wait_for_playout()
    assert played.times == [(2.5, "TtsStalled"), (3.0, "PlayoutPaused"), (4.0, "TtsResumed"), (9.0, "PlayoutResumed")]
    assert (played.heard, played.ends) == ([1, 2], [(2.0, False)])


async def test_a_complete_or_discarded_speech_does_not_stall() -> None:
    played = Played()
    await played.say(tone(1, 1))
    await asyncio.sleep(0.5)
    played.output.pause()
    await asyncio.sleep(1)
    played.output.resume()
    await asyncio.sleep(5)
    await played.output.capture_frame(tone(1, 2))
    played.output.clear_buffer()
    await asyncio.sleep(5)
    assert [name for _, name in played.times] == ["PlayoutPaused", "PlayoutResumed"]


async def test_a_frame_that_no_client_received_before_the_speech_was_cancelled_does_not_stall() -> None:
    played = Played()
    played.room.subscribed.clear()
    first = asyncio.create_task(played.output.capture_frame(tone(1)), name="first frame")
    await asyncio.sleep(1)
    played.output.pause()
    played.output.clear_buffer()
    played.output.resume()
    played.room.subscribed.set()
    await first
    await asyncio.sleep(5)
    assert [name for _, name in played.times] == ["PlayoutPaused", "PlayoutResumed"]


async def test_a_speech_that_begins_during_the_pause_waits() -> None:
    played = Played()
    played.output.pause()
    await played.say(tone(1))
    await asyncio.sleep(5)
    assert played.room.heard == []
    played.output.resume()
    await played.output.wait_for_playout()
    assert played.ends == [(1.0, False)]


async def test_an_interruption_in_the_pause_reports_what_was_played() -> None:
    played = Played()
    await played.say(tone(3))
    await asyncio.sleep(1)
    played.output.pause()
    await asyncio.sleep(1)
    played.output.clear_buffer()
    await played.output.wait_for_playout()
    assert (played.heard_seconds, played.ends) == (1.0, [(1.0, True)])
    played.output.resume()
    await asyncio.sleep(5)
    assert played.heard_seconds == 1.0


async def test_an_interruption_at_the_moment_of_the_pause_reports_what_was_played() -> None:
    played = Played()
    await played.say(tone(3))
    await asyncio.sleep(1)
    played.output.pause()
    played.output.clear_buffer()
    await played.output.wait_for_playout()
    assert played.ends == [(1.0, True)]


async def test_a_resume_at_the_moment_of_the_pause_goes_on() -> None:
    played = Played()
    await played.say(tone(3))
    await asyncio.sleep(1)
    played.output.pause()
    played.output.resume()
    await played.output.wait_for_playout()
    assert (played.heard_seconds, played.ends) == (3.0, [(3.0, False)])


async def test_an_interruption_after_a_pause_counts_from_the_begin() -> None:
    played = Played()
    await played.say(tone(3))
    await asyncio.sleep(1)
    played.output.pause()
    await asyncio.sleep(1)
    played.output.resume()
    await asyncio.sleep(0.5)
    played.output.clear_buffer()
    await played.output.wait_for_playout()
    assert played.ends == [(1.5, True)]


async def test_an_interruption_without_a_pause_is_passed_on() -> None:
    played = Played()
    played.room.clear_buffer = lambda: None  # type: ignore[method-assign]  # there is no audio to clear
    played.output.clear_buffer()
    del played.room.clear_buffer
    await played.say(tone(3))
    await asyncio.sleep(2)
    played.output.clear_buffer()
    await played.output.wait_for_playout()
    assert played.ends == [(2.0, True)]


async def test_a_pause_before_a_client_receives_the_audio_holds_the_first_frame() -> None:
    played = Played()
    played.room.subscribed.clear()
    speaking = asyncio.create_task(played.say(tone(1)))
    await asyncio.sleep(1)
    played.output.pause()
    played.room.subscribed.set()
    await speaking
    await asyncio.sleep(5)
    assert played.heard_seconds == 0.0
    played.output.resume()
    await played.output.wait_for_playout()
    assert played.ends == [(1.0, False)]


async def test_a_speech_that_is_cancelled_before_its_first_frame_ends() -> None:
    played = Played()
    played.room.subscribed.clear()
    speaking = asyncio.create_task(played.say(tone(1)))
    await asyncio.sleep(1)
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)
    played.output.flush()
    played.output.clear_buffer()
    await played.output.wait_for_playout()
    assert played.ends == [(0.0, True)]


async def test_the_next_speech_waits_for_the_end_of_this_one() -> None:
    played = Played()
    await played.say(tone(1, 1))
    await played.say(tone(1, 2))
    await played.output.wait_for_playout()
    assert (played.heard, played.ends) == ([1, 2], [(1.0, False), (1.0, False)])


async def test_the_begun_word_is_repeated() -> None:
    played = Played()
    await played.say(tone(1, 900), tone(0.1, 0), tone(1, 800))
    await asyncio.sleep(1.4)
    played.output.pause()
    await asyncio.sleep(1)
    assert round(played.output.resume_word(), 3) == 0.3
    await played.output.wait_for_playout()
    assert played.heard_seconds == 2.4
    assert played.ends == [(2.1, False)]


async def test_progress_is_told_in_seconds_of_the_whole_speech() -> None:
    played, told = Played(), list[tuple[float, float]]()
    played.output.on("playback_progressed", lambda ev: told.append((ev.offset, ev.duration)))
    await played.say(tone(3))
    await asyncio.sleep(1)
    played.output.pause()
    await asyncio.sleep(1)
    played.output.resume()
    await asyncio.sleep(0)
    played.room.on_playback_progressed(started_at=0.0, offset=0.25, duration=0.5)
    assert [(round(offset, 3), duration) for offset, duration in told] == [(1.25, 0.5)]


@pytest.mark.parametrize(("at", "start"), [(0.0, 0.0), (0.3, 0.0), (0.9, 0.9), (1.05, 1.04), (1.4, 1.1), (1.9, 1.9)])
def test_a_word_starts_after_the_last_gap(at: float, start: float) -> None:
    frames = [tone(1, 900), tone(0.1, 20), tone(1, 800)]
    assert word_start(frames, at) == pytest.approx(start, abs=0.011)


def test_without_audio_there_is_no_word() -> None:
    assert word_start([], 1.0) == 1.0
    assert word_start([tone(0.5)], 0.01) == 0.01


def test_the_rest_of_the_audio_is_exact() -> None:
    frames = [tone(0.5, 1), tone(0.5, 2)]
    assert rest_of(frames, 0.0) == frames
    assert rest_of(frames, 0.5) == frames[1:]
    assert seconds_of(rest_of(frames, 0.75)) == 0.25
    assert rest_of(frames, 1.0) == []
