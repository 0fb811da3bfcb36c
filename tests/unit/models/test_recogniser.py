"""The STT that needs no key, with audio faster than real time."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import inference, stt
from livekit.agents.stt import SpeechEventType as Kind

from offhook.models.offline.decoders import RATE, Decoders
from offhook.models.offline.recogniser import PocketSphinx
from offhook.testing.speech import slug

pytestmark = pytest.mark.slow

SHIPPED = Path(__file__).parents[3] / "src/offhook/testing/speech"
TABLE = "i would like to book a table for two people"
HOURS = "what are your opening hours"


def speech(line: str) -> np.ndarray:
    """A shipped line as 16 kHz samples."""
    return recorded(SHIPPED / f"{slug(line)}.ogg")


def recorded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([part.to_ndarray().reshape(-1) for part in parts])


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), np.int16)


def frames(*parts: np.ndarray, rate: int = RATE) -> Sequence[rtc.AudioFrame]:
    pcm = np.concatenate(parts)
    step = rate // 50
    return [rtc.AudioFrame(pcm[at : at + step].tobytes(), rate, 1, step) for at in range(0, len(pcm) - step + 1, step)]


async def heard(recogniser: PocketSphinx, audio: Sequence[rtc.AudioFrame]) -> list[stt.SpeechEvent]:
    async with recogniser.stream() as stream:
        for frame in audio:
            stream.push_frame(frame)
        stream.end_input()
        return [event async for event in stream]


def finals(events: Sequence[stt.SpeechEvent]) -> list[str]:
    return [event.alternatives[0].text for event in events if event.type is Kind.FINAL_TRANSCRIPT]


@pytest.fixture
def recogniser() -> PocketSphinx:
    return PocketSphinx(vad=inference.VAD(model="silero"))


async def test_two_sentences_are_understood_one_after_the_other(recogniser: PocketSphinx) -> None:
    audio = frames(silence(0.5), speech(TABLE), silence(0.8), speech(HOURS), silence(0.8))
    assert finals(await heard(recogniser, audio)) == [TABLE, HOURS]


async def test_an_utterance_starts_is_guessed_ends_and_is_counted(recogniser: PocketSphinx) -> None:
    events = await heard(recogniser, frames(silence(0.5), speech(TABLE), silence(0.8)))
    kinds = [event.type for event in events if event.type is not Kind.INTERIM_TRANSCRIPT]
    assert kinds == [Kind.START_OF_SPEECH, Kind.FINAL_TRANSCRIPT, Kind.END_OF_SPEECH, Kind.RECOGNITION_USAGE]
    assert any(event.type is Kind.INTERIM_TRANSCRIPT for event in events)
    assert len({event.request_id for event in events}) == 1
    usage = events[-1].recognition_usage
    assert usage is not None
    assert usage.audio_duration == pytest.approx(len(speech(TABLE)) / RATE, abs=0.8)


async def test_silence_says_nothing(recogniser: PocketSphinx) -> None:
    assert await heard(recogniser, frames(silence(2))) == []


@pytest.mark.parametrize("noise", ["hiss", "cough"])
async def test_noise_has_no_words(recogniser: PocketSphinx, noise: str) -> None:
    assert finals(await heard(recogniser, frames(silence(0.5), speech(noise), silence(0.8)))) == []


async def test_a_caller_cut_off_in_mid_sentence_is_still_understood(recogniser: PocketSphinx) -> None:
    assert finals(await heard(recogniser, frames(silence(0.5), speech(HOURS)))) == [HOURS]


async def test_sound_at_48_khz_is_understood(recogniser: PocketSphinx) -> None:
    resampler = rtc.AudioResampler(RATE, 48_000)
    wide = [part for frame in frames(silence(0.5), speech(HOURS), silence(1)) for part in resampler.push(frame)]
    assert finals(await heard(recogniser, wide)) == [HOURS]


async def test_phrases_narrow_what_is_understood() -> None:
    narrow = PocketSphinx(vad=inference.VAD(model="silero"), phrases=["Yes, please!", HOURS])
    assert finals(await heard(narrow, frames(silence(0.5), speech(HOURS), silence(0.8)))) == [HOURS]


async def test_a_whole_recording_is_recognised_at_once(recogniser: PocketSphinx) -> None:
    event = await recogniser.recognize([*frames(silence(0.3), speech(HOURS), silence(0.3))])
    assert finals([event]) == [HOURS]


async def test_a_call_hung_up_in_mid_word_gives_its_decoder_back_usable() -> None:
    recogniser = PocketSphinx(vad=inference.VAD(model="silero"), phrases=[HOURS])
    stream = recogniser.stream()
    for frame in frames(silence(0.5), speech(HOURS)):
        stream.push_frame(frame)
    assert (await anext(stream)).type is Kind.START_OF_SPEECH
    await stream.aclose()
    await recogniser.thread.run(str)  # after the jobs before it
    decoder = recogniser.decoders.take()
    decoder.begin(np.concatenate([silence(0.3), speech(HOURS), silence(0.3)]).tobytes())
    assert decoder.end() == HOURS
    recogniser.decoders.give(decoder)
    assert recogniser.decoders.take() is decoder


def test_a_free_decoder_is_lent_before_another_is_loaded() -> None:
    decoders = Decoders(["hello"])
    decoders.fill()
    decoders.fill()
    first = decoders.take()
    second = decoders.take()
    decoders.give(first)
    assert decoders.take() is first
    assert second is not first
