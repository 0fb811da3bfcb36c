"""The announcer: lines are played in time even if TTS fails, and captions follow the audio."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import tts

from offhook.announce.announcer import Announcer
from offhook.announce.clips import CLIPS, Clip, clips_for
from offhook.core.dead_air import DeadAir
from offhook.core.decisions import Say
from offhook.core.facts import CallerStateChanged, Fact, MessageCommitted
from offhook.engine.voice_health import MAX_WAIT, SILENCE_BUDGET, VoiceHealth


class Source:
    """Like LiveKit's native source: refuses a second frame during a capture; a full queue delays the capture."""

    def __init__(self) -> None:
        self.handed: list[rtc.AudioFrame] = []
        self.at: list[float] = []
        self.busy = False
        self.queued_duration = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        if self.busy:
            raise RuntimeError("InvalidState - failed to capture frame")
        self.busy = True
        self.handed.append(frame)
        self.at.append(asyncio.get_running_loop().time())
        await asyncio.shield(asyncio.ensure_future(self._taken()))

    async def _taken(self) -> None:
        await asyncio.sleep(0.2)
        self.busy = False

    async def wait_for_playout(self) -> None:
        return

    def clear_queue(self) -> None:
        return


class Seat:
    """A text stream in the room: the text so far, and its attributes."""

    def __init__(self, error: Exception | None = None, slow: float = 0.0) -> None:
        self.error, self.slow = error, slow
        self.texts: list[str] = []
        self.attributes: list[dict[str, str]] = []

    async def stream_text(self, *, topic: str, attributes: dict[str, str]) -> "Seat":
        if self.error is not None:
            raise self.error
        await asyncio.sleep(self.slow)
        self.texts.append(f"{topic}: ")
        self.attributes.append(attributes)
        return self

    async def write(self, piece: str) -> None:
        self.texts[-1] += piece

    async def aclose(self, *, attributes: dict[str, str]) -> None:
        self.attributes.append(attributes)


class Room:
    def __init__(self, seat: Seat | None = None) -> None:
        self.local_participant = seat or Seat()

    def isconnected(self) -> bool:
        return True


class Voice(tts.TTS[str]):
    """TTS with half a second of audio for every text, after a delay of so many seconds."""

    def __init__(self, *late: float) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=24_000, num_channels=1)
        self.late, self.asked = late, 0

    def synthesize(self, text: str, **_: Any) -> Any:
        self.asked += 1
        return self._stream(self.late[min(self.asked, len(self.late)) - 1])

    @asynccontextmanager
    async def _stream(self, late: float) -> AsyncIterator[AsyncIterator[Any]]:
        async def sound() -> AsyncIterator[Any]:
            await asyncio.sleep(late)
            for _ in range(25):
                yield SimpleNamespace(frame=FRAME)

        yield sound()


FRAME = rtc.AudioFrame(np.zeros(480, np.int16).tobytes(), 24_000, 1, 480)
FILLER = Say("One moment, please.", tag="filler", out_of_band=True)
GOODBYE = Say("Goodbye, and thank you.", tag="goodbye")


class Stage:
    """An announcer whose clips are five frames long."""

    def __init__(self, voice: Voice | None = None, seat: Seat | None = None) -> None:
        self.told: list[Fact] = []
        self.source, self.seat, self.voice_health = Source(), seat or Seat(), VoiceHealth()
        room: Any = Room(self.seat)
        self.announcer = Announcer(room, voice=lambda: voice, voice_health=self.voice_health, post=self.told.append)
        self.announcer.speech_cache.clips = clips_for(DeadAir())
        self.announcer._source, self.announcer._track = self.source, "TR_own"  # type: ignore[assignment]  # the edge

    async def says(self, decision: Say) -> float:
        """Play the line; return the seconds until its first frame."""
        loop, before = asyncio.get_running_loop(), len(self.source.at)
        began = loop.time()
        await self.announcer.say(decision)
        return self.source.at[before] - began

    @property
    def said(self) -> list[tuple[str, bool]]:
        return [(fact.text, fact.interrupted) for fact in self.told if isinstance(fact, MessageCommitted)]


@pytest.fixture(autouse=True)
def clips(monkeypatch: pytest.MonkeyPatch) -> None:
    async def clip(_: str) -> list[rtc.AudioFrame]:
        return [FRAME] * 5

    monkeypatch.setattr("offhook.announce.rendering.load_clip", clip)


async def test_a_goodbye_right_after_a_silenced_filler_is_said() -> None:
    stage = Stage()
    filler = asyncio.create_task(stage.announcer.say(FILLER))
    await asyncio.sleep(0.1)
    filler.cancel()
    assert await stage.announcer.say(GOODBYE) is False
    assert len(stage.source.handed) == 6


@pytest.mark.parametrize(
    ("line", "clip"),
    [
        (Say("Hello.", tag="greeting"), "voice"),
        (Say("A minute is left.", tag="limit"), "voice"),
        (Say("Hello?", tag="silence"), "there"),
        (FILLER, "moment"),
        (GOODBYE, "sorry"),
    ],
)
async def test_a_dead_voice_says_what_comes_nearest(line: Say, clip: Clip) -> None:
    stage = Stage()
    await stage.announcer.say(line)
    assert stage.said == [(CLIPS[clip], False)]


async def test_a_voice_that_hangs_costs_its_time_once() -> None:
    stage = Stage(voice := Voice(3600))
    assert await stage.says(FILLER) == pytest.approx(1.0)
    await asyncio.sleep(2)
    assert await stage.says(GOODBYE) == pytest.approx(0, abs=0.01)
    assert ([text for text, _ in stage.said], voice.asked) == ([CLIPS["moment"], CLIPS["sorry"]], 1)


async def test_a_voice_that_hangs_before_the_last_words_is_waited_for_as_long_as_is_bearable() -> None:
    stage = Stage(Voice(3600))
    assert await stage.says(GOODBYE) == pytest.approx(MAX_WAIT)


async def test_a_caller_who_has_waited_does_not_wait_long_for_a_voice() -> None:
    stage = Stage(Voice(3600))
    now = asyncio.get_running_loop().time()
    for fact in (CallerStateChanged("speaking", now - 5), CallerStateChanged("listening", now - 3)):
        stage.voice_health.notice(fact)
    assert await stage.says(GOODBYE) == pytest.approx(SILENCE_BUDGET - 3)


async def test_a_filler_that_the_voice_had_too_late_is_ready_for_the_next_time() -> None:
    stage = Stage(voice := Voice(2.0))
    line = Say("I look it up.", tag="filler", out_of_band=True)
    assert await stage.says(line) == pytest.approx(1.0)
    await asyncio.sleep(2)
    assert await stage.says(line) == pytest.approx(0, abs=0.01)
    assert ([text for text, _ in stage.said], voice.asked) == ([CLIPS["voice"], line.text], 1)


async def test_a_line_that_was_prepared_is_said_at_once() -> None:
    stage = Stage(Voice(1.5))
    stage.announcer.prepare(GOODBYE.text)
    await asyncio.sleep(1)
    assert await stage.says(GOODBYE) == pytest.approx(0.5)
    assert stage.said == [(GOODBYE.text, False)]


async def test_what_is_being_rendered_is_given_up_with_the_call() -> None:
    stage = Stage(Voice(3600))
    stage.announcer.prepare(GOODBYE.text)
    await stage.announcer.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "offhook render"]


async def test_a_line_is_in_the_transcript_as_livekit_has_an_agents() -> None:
    stage = Stage(Voice(0.0))
    await stage.announcer.say(GOODBYE)
    assert stage.seat.texts == [f"lk.transcription: {GOODBYE.text}"]
    first, last = stage.seat.attributes
    assert first["lk.segment_id"].startswith("SG_")
    assert first | {"lk.transcription_final": "true"} == last
    assert (first["lk.transcribed_track_id"], first["lk.transcription_final"]) == ("TR_own", "false")


async def test_of_a_silenced_line_the_transcript_has_what_was_heard() -> None:
    stage = Stage(Voice(0.0))
    saying = asyncio.create_task(stage.announcer.say(GOODBYE))
    await asyncio.sleep(2.5)
    saying.cancel()
    await asyncio.wait([saying])
    assert stage.seat.texts == ["lk.transcription: Goodbye, and"]
    assert stage.said == [("Goodbye, and", True)]
    assert stage.seat.attributes[-1]["lk.transcription_final"] == "true"


@pytest.mark.parametrize("seat", [Seat(error=RuntimeError("no way")), Seat(slow=3600)], ids=["fails", "hangs"])
async def test_words_that_cannot_be_sent_cost_no_sound(seat: Seat) -> None:
    stage = Stage(Voice(0.0), seat)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await stage.announcer.say(GOODBYE) is False
    assert (len(stage.source.handed), stage.said) == (25, [(GOODBYE.text, False)])
    assert loop.time() - began < 25 * 0.2 + 1
