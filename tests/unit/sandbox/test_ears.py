"""The start, end and words of utterances, and that an STT model is free again after each utterance."""

from collections.abc import Callable

import numpy as np
import pytest
from livekit import rtc

from offhook.testing.sandbox import Oracle, PocketSphinxStt
from offhook.testing.sandbox.stt import Began, Ended, Hearing, Interim, SttModel, whole_of

Spoken = Callable[..., list[rtc.AudioFrame]]
Heard = Began | Interim | Ended


async def heard(hearing: Hearing, frames: list[rtc.AudioFrame]) -> list[Heard]:
    return [event for frame in frames async for event in hearing.hear(bytes(frame.data))]


async def words(stt: SttModel, frames: list[rtc.AudioFrame]) -> list[str]:
    rate = frames[0].sample_rate
    return [event.text for event in await heard(Hearing(stt, rate=rate), frames) if isinstance(event, Ended)]


@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
async def test_an_utterance_is_as_long_as_it_was_at_every_rate(spoken: Spoken, rate: int) -> None:
    began, *_, ended = await heard(Hearing(Oracle("time"), rate=rate), spoken("what time is it", rate=rate))
    assert isinstance(began, Began)
    assert began.at == pytest.approx(0.18, abs=0.05)
    assert isinstance(ended, Ended)
    assert (ended.text, ended.start) == ("time", began.at)
    assert ended.end == pytest.approx(1.2, abs=0.06)


async def test_words_come_one_by_one_and_the_last_only_at_the_end(spoken: Spoken) -> None:
    events = await heard(Hearing(Oracle("what time is it"), rate=48_000), spoken("what time is it"))
    interims = [event.text for event in events if isinstance(event, Interim)]
    assert list(dict.fromkeys(interims)) == ["what", "what time", "what time is"]


async def test_each_utterance_is_the_next_line_and_one_more_is_nothing(spoken: Spoken) -> None:
    oracle = Oracle("one")
    oracle.expect("two")
    frames = [*spoken("hello"), *spoken("goodbye"), *spoken("cough")]
    assert await words(oracle, frames) == ["one", "two", ""]
    assert oracle.left == ()


async def test_a_click_and_a_hum_too_quiet_to_be_speech_open_no_ear() -> None:
    click = np.zeros(16_000, np.int16)
    click[100:400] = 20_000
    hum = (100 * np.sin(np.arange(16_000))).astype(np.int16)
    hearing = Hearing(Oracle("nothing"), rate=16_000)
    assert [event for pcm in (click, hum) async for event in hearing.hear(pcm.tobytes())] == []


async def test_a_longer_pause_keeps_two_lines_together(spoken: Spoken) -> None:
    frames = [*spoken("hello"), *spoken("goodbye")]
    hearing = Hearing(Oracle("both", "never"), rate=48_000, silence=2.0)
    assert [type(event) for event in await heard(hearing, frames) if not isinstance(event, Interim)] == [Began]
    ended = await hearing.finish()
    assert ended is not None
    assert ended.text == "both"
    assert await hearing.finish() is None


@pytest.mark.slow
async def test_pocketsphinx_understands_what_is_said(spoken: Spoken) -> None:
    stt = PocketSphinxStt("what are your opening hours", "thank you goodbye")
    frames = [*spoken("what are your opening hours", rate=24_000), *spoken("thank you goodbye", rate=24_000)]
    assert await words(stt, frames) == ["what are your opening hours", "thank you goodbye"]


@pytest.mark.slow
async def test_pocketsphinx_is_free_again_after_an_utterance_that_nobody_waited_for(spoken: Spoken) -> None:
    stt = PocketSphinxStt("what are your opening hours", "thank you goodbye")
    hearing = Hearing(stt, rate=16_000)
    await heard(hearing, spoken("what are your opening hours", rate=16_000)[:60])
    assert hearing.speaking
    hearing.close()
    assert await words(stt, spoken("thank you goodbye", rate=16_000)) == ["thank you goodbye"]
    assert await whole_of(stt, b"") == ""
