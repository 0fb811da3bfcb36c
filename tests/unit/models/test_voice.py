"""The voices that need no key."""

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions

from offhook.models.offline.espeak import Espeak
from offhook.models.offline.flite import Flite
from offhook.models.offline.voice import OfflineVoice, render

LINE = "Hello, this is the front desk."


def loudness(pcm: bytes | memoryview) -> float:
    return float(np.sqrt((np.frombuffer(pcm, np.int16).astype(np.float64) ** 2).mean()))


def test_a_sentence_is_audible_and_takes_the_time_of_speech() -> None:
    frame = render(LINE)
    assert loudness(frame.data) > 1000
    assert 1 < frame.duration < 4


def test_a_sentence_starts_at_once() -> None:
    frame = render(LINE)
    samples = np.abs(np.frombuffer(frame.data, np.int16).astype(np.int32))
    assert int(np.flatnonzero(samples > 200)[0]) / frame.sample_rate <= 0.025


def test_the_same_words_are_the_same_samples() -> None:
    assert bytes(render(LINE).data) == bytes(render(LINE).data)


@pytest.mark.parametrize("text", ["", "...", "   "])
def test_nothing_to_say_is_a_short_silence(text: str) -> None:
    frame = render(text)
    assert (frame.duration, loudness(frame.data)) == (pytest.approx(0.1), 0)


def test_longer_text_takes_longer() -> None:
    assert render("One, two, three, four, five, six.").duration > 2 * render("One.").duration


def test_characters_no_voice_knows_do_not_hurt() -> None:
    assert (
        loudness(render("Don\N{RIGHT SINGLE QUOTATION MARK}t \N{BELL} caf\N{LATIN SMALL LETTER E WITH ACUTE}\0!").data)
        > 500
    )


def test_espeak_speaks_without_any_installation() -> None:
    voice = Espeak()
    assert loudness(voice.speak(LINE)) > 1000
    assert 1 < len(voice.speak(LINE)) / 2 / voice.rate < 4


def test_flite_says_the_same_words_in_the_same_samples() -> None:
    try:
        voice = Flite()
    except OSError:
        pytest.skip("libflite1 is not installed")
    assert voice.speak(LINE) == voice.speak(LINE)


async def test_the_session_s_voice_gives_what_render_gives() -> None:
    spoken = await OfflineVoice().synthesize(LINE, conn_options=APIConnectOptions(max_retry=0)).collect()
    assert isinstance(spoken, rtc.AudioFrame)
    assert spoken.duration == pytest.approx(render(LINE).duration, abs=0.02)  # LiveKit fills the last frame
    assert loudness(spoken.data) > 1000


async def test_nothing_to_say_is_no_error() -> None:
    spoken = await OfflineVoice().synthesize("...", conn_options=APIConnectOptions(max_retry=0)).collect()
    assert spoken.duration == pytest.approx(0.1, abs=0.01)
