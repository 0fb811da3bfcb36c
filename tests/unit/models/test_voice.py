"""The TTS engines that need no key."""

import subprocess
import sys

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions

from offhook.models.offline.espeak import Espeak
from offhook.models.offline.voice import OfflineVoice, render

LINE = "Hello, this is the front desk."

TOGETHER = f"""
import threading
from concurrent.futures import ThreadPoolExecutor
from offhook.models.offline.espeak import Espeak
from offhook.models.offline.voice import render
at_once = threading.Barrier(4)
def ask(number):
    at_once.wait()
    return [render(f"{LINE} {{number}} {{turn}}.").duration for turn in range(20)]
with ThreadPoolExecutor(4) as pool:
    print(*(seconds for spoken in pool.map(ask, range(4)) for seconds in spoken))
voices = [Espeak(), Espeak()]
print(*(len(voice.speak({LINE!r})) / 2 / voice.rate for voice in [*voices, *voices]))
"""


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


@pytest.mark.slow
def test_whoever_asks_for_the_voice_together_with_others_is_given_all_of_it() -> None:
    # In a process of its own: a crash in a C library ends the process.
    done = subprocess.run([sys.executable, "-c", TOGETHER], capture_output=True, text=True, timeout=60, check=False)
    seconds = [float(word) for word in done.stdout.split()]
    assert (done.returncode, len(seconds)) == (0, 84), done.stderr
    assert min(seconds) > 1


def test_the_offline_voice_is_the_same_whatever_the_machine_has_installed() -> None:
    assert OfflineVoice().model == "espeak-ng"


async def test_the_session_s_voice_gives_what_render_gives() -> None:
    spoken = await OfflineVoice().synthesize(LINE, conn_options=APIConnectOptions(max_retry=0)).collect()
    assert isinstance(spoken, rtc.AudioFrame)
    assert spoken.duration == pytest.approx(render(LINE).duration, abs=0.02)  # LiveKit fills the last frame
    assert loudness(spoken.data) > 1000


async def test_nothing_to_say_is_no_error() -> None:
    spoken = await OfflineVoice().synthesize("...", conn_options=APIConnectOptions(max_retry=0)).collect()
    assert spoken.duration == pytest.approx(0.1, abs=0.01)
