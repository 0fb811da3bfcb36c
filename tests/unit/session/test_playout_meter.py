"""The playout meter measures audio by length, and reports when TTS stalls and resumes."""

import asyncio

from livekit import rtc
from livekit.agents.voice import io

from offhook.core.facts import Fact, PlayoutPaused, PlayoutResumed, TtsResumed, TtsStalled
from offhook.session.inbound.playout_meter import PlayoutMeter

FRAME = rtc.AudioFrame(bytes(4800), 24_000, 1, 2400)  # 0.1 s


class Sink(io.AudioOutput):
    """Audio output that plays each frame at once."""

    def __init__(self) -> None:
        super().__init__(label="sink", capabilities=io.AudioOutputCapabilities(pause=True), sample_rate=24_000)
        self.seconds = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self.seconds += frame.duration

    def flush(self) -> None:
        super().flush()
        self.on_playback_finished(playback_position=self.seconds, interrupted=False)
        self.seconds = 0.0

    def clear_buffer(self) -> None:
        super().flush()
        self.on_playback_finished(playback_position=self.seconds / 2, interrupted=True)


async def speak(meter: PlayoutMeter, frames: int) -> None:
    for _ in range(frames):
        await meter.capture_frame(FRAME)


def metered() -> tuple[PlayoutMeter, list[tuple[float, float]]]:
    now, stalls = asyncio.get_running_loop().time(), list[tuple[float, float]]()

    def take(fact: Fact) -> None:
        if isinstance(fact, TtsStalled):
            stalls.append((round(fact.since - now, 2), round(fact.heard, 2)))

    return PlayoutMeter(Sink(), take), stalls


class Output(Sink):
    """Audio output with a task that plays the frames, as LiveKit's."""

    def __init__(self) -> None:
        super().__init__()
        self.captured, self.captured_at_start = 0, 0
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()
        self.playing = asyncio.create_task(self._play(), name="play")

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self.captured += 1
        self._frames.put_nowait(frame)

    async def _play(self) -> None:
        await self._frames.get()
        self.captured_at_start = self.captured


async def test_the_output_starts_with_the_first_frame_although_more_are_ready() -> None:
    output = Output()
    await asyncio.sleep(0)
    await speak(PlayoutMeter(output, lambda _: None), 20)
    await output.playing
    assert output.captured_at_start == 1


async def test_a_voice_that_runs_dry_in_a_sentence_is_told_once() -> None:
    meter, stalls = metered()
    await speak(meter, 7)
    await asyncio.sleep(10)
    assert stalls == [(0.7, 0.7)]


async def test_sound_that_goes_on_is_no_stall() -> None:
    meter, stalls = metered()
    for _ in range(5):
        await speak(meter, 5)
        await asyncio.sleep(1.5)
    meter.flush()
    await asyncio.sleep(10)
    assert stalls == []


async def test_a_sentence_that_is_done_or_cut_short_is_no_stall() -> None:
    meter, stalls = metered()
    await speak(meter, 5)
    meter.flush()
    await speak(meter, 5)
    meter.clear_buffer()
    await asyncio.sleep(10)
    assert stalls == []


async def test_a_paused_voice_has_its_time_after_the_pause() -> None:
    meter, stalls = metered()
    await speak(meter, 5)
    meter.pause()
    await asyncio.sleep(5)
    meter.resume()
    await asyncio.sleep(1.9)
    assert stalls == []
    await asyncio.sleep(1)
    assert stalls == [(5.5, 0.5)]  # the pause began with all 0.5 s of audio left to play


def told(*kinds: type[Fact]) -> tuple[PlayoutMeter, list[tuple[float, str]]]:
    began, facts = asyncio.get_running_loop().time(), list[tuple[float, str]]()

    def take(fact: Fact) -> None:
        if isinstance(fact, kinds):
            facts.append((round(asyncio.get_running_loop().time() - began, 2), type(fact).__name__))

    return PlayoutMeter(Sink(), take), facts


async def test_a_voice_that_goes_on_after_all_is_told_too() -> None:
    meter, facts = told(TtsResumed)
    await speak(meter, 5)
    await asyncio.sleep(3)
    await speak(meter, 5)
    await asyncio.sleep(0.1)
    await speak(meter, 5)
    assert facts == [(3.0, "TtsResumed")]


async def test_the_next_sentence_is_not_the_one_that_broke_off() -> None:
    meter, facts = told(TtsResumed)
    await speak(meter, 5)
    await asyncio.sleep(3)
    meter.clear_buffer()
    await speak(meter, 5)
    assert facts == []


async def test_what_livekit_holds_back_is_told_once() -> None:
    meter, facts = told(PlayoutPaused, PlayoutResumed)
    meter.resume()
    meter.pause()
    meter.pause()
    await asyncio.sleep(1)
    meter.resume()
    assert facts == [(0.0, "PlayoutPaused"), (1.0, "PlayoutResumed")]


async def test_words_are_played_from_their_first_frame_to_the_end_of_their_playout_but_for_a_pause() -> None:
    meter, _ = metered()
    assert not meter.playing
    await speak(meter, 5)
    assert meter.playing
    meter.pause()
    assert not meter.playing
    meter.resume()
    assert meter.playing
    meter.flush()
    assert not meter.playing
