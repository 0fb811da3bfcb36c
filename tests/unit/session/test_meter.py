"""The voice is watched by its lengths alone: what is handed over, what is played, and when it breaks off."""

import asyncio
from typing import Any

from livekit import rtc
from livekit.agents.llm import ChatMessage
from livekit.agents.voice import io
from livekit.agents.voice.events import ConversationItemAddedEvent

from offhook.core.facts import Turn, Unspoken
from offhook.session.ledger import Ledger, heard_of
from offhook.session.meter import Meter

FRAME = rtc.AudioFrame(bytes(4800), 24_000, 1, 2400)  # 0.1 s


class Sink(io.AudioOutput):
    """Plays at once what it is given."""

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


async def speak(meter: Meter, frames: int) -> None:
    for _ in range(frames):
        await meter.capture_frame(FRAME)


def metered() -> tuple[Meter, list[tuple[float, float]]]:
    now, stalls = asyncio.get_running_loop().time(), list[tuple[float, float]]()
    return Meter(Sink(), lambda since, heard: stalls.append((round(since - now, 2), round(heard, 2)))), stalls


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
    await asyncio.sleep(1.4)
    assert stalls == []
    await asyncio.sleep(1)
    assert stalls == [(5.0, 0.5)]


async def test_what_was_played_is_counted_from_one_time_to_the_next() -> None:
    meter, _ = metered()
    await speak(meter, 5)
    meter.flush()
    assert (await meter.wait_for_playout()).playback_position == meter.count()
    assert meter.count() == 0


class Speaker:
    """As much of a session as a ledger looks at."""

    def __init__(self) -> None:
        self.output = self
        self.audio_enabled = True


def ledger(played: float) -> Ledger:
    made: Any = Ledger(Speaker(), lambda _: None)  # type: ignore[arg-type]  # see above
    made._meter = type("Played", (), {"count": lambda _: played})()
    return made  # type: ignore[no-any-return]  # it is one


def said(text: str, **metrics: float) -> ConversationItemAddedEvent:
    message = ChatMessage(role="assistant", content=[text], metrics=metrics)  # type: ignore[typeddict-item]  # by name
    return ConversationItemAddedEvent(item=message)


SENTENCE = "On Sunday we are open from noon, and there is a table for two by the window."


async def test_words_without_sound_are_taken_out_of_the_conversation() -> None:
    event = said(SENTENCE)
    assert ledger(0.7).take(event) == (Unspoken(SENTENCE.removeprefix("On Sunday we "), heard=0.7),)
    assert event.item.text_content == "On Sunday we"


async def test_words_with_their_sound_stay() -> None:
    event = said(SENTENCE)
    assert ledger(4.5).take(event) == ()
    assert event.item.text_content == SENTENCE


async def test_what_a_voice_does_not_read_aloud_is_not_missed() -> None:
    assert ledger(0.6).take(said('Hello. <break time="1s"/> <emotion value="very friendly and warm"/>')) == ()


async def test_an_answer_tells_where_its_time_went() -> None:
    book = ledger(4.5)
    heard = ChatMessage(role="user", content=["hello"], metrics={"end_of_turn_delay": 0.3})
    assert book.take(ConversationItemAddedEvent(item=heard)) == ()
    (turn,) = book.take(said(SENTENCE, e2e_latency=0.58, llm_node_ttft=0.31, tts_node_ttfb=0.12))
    assert turn == Turn(heard=0.58, committed=0.3, model=0.31, voice=0.12)


def test_heard_words_are_whole_words() -> None:
    assert heard_of("one two three", 7) == ("one two", "three")
    assert heard_of("one two three", 2) == ("", "one two three")
    assert heard_of("one two three", 99) == ("one two three", "")
