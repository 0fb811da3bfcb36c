"""The shipped lines are there, can be loaded by their words, and their first and last audible samples are exact."""

import wave
from pathlib import Path

import numpy as np
import pytest

from offhook.testing.make_speech import LINES
from offhook.testing.speech import RATE, SpeechError, load, names, slug, voiced


def tone(seconds: float, amplitude: int = 8000) -> np.ndarray:
    return (amplitude * np.sign(np.sin(2 * np.pi * 440 * np.arange(int(seconds * RATE)) / RATE + 0.1))).astype(np.int16)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE), np.int16)


def test_every_line_ships_and_nothing_else() -> None:
    assert names() == sorted([*(slug(text) for text in LINES), "cough", "hiss", "monologue"])


@pytest.mark.parametrize("name", names())
def test_a_shipped_line_is_loud_enough_to_be_heard_and_never_clipped(name: str) -> None:
    pcm = load(name)
    first, last = voiced(pcm)
    assert pcm.dtype == np.int16
    assert last - first > RATE / 10
    assert 3000 < np.abs(pcm.astype(np.int32)).max() < 32767


def test_the_monologue_is_about_twelve_seconds_without_a_long_pause() -> None:
    pcm = load("monologue")
    tenths = pcm[: len(pcm) // 4800 * 4800].reshape(-1, 4800).astype(np.float64)
    first, last = (sample // 4800 for sample in voiced(pcm))
    silent = np.sqrt((tenths**2).mean(axis=1))[first : last + 1] < 100
    assert 11 < len(pcm) / RATE < 14
    assert max(len(run) for run in "".join("x" if one else " " for one in silent).split(" ")) <= 6


def test_a_line_is_found_by_its_words_whatever_their_case_and_signs() -> None:
    assert np.array_equal(load("What time is it?"), load("what-time-is-it"))


def test_a_line_that_does_not_ship_names_those_that_do() -> None:
    with pytest.raises(SpeechError, match=r"'nonsense' is neither a file nor a shipped line; shipped lines: .*goodbye"):
        load("nonsense")


def test_a_whole_page_of_text_is_not_taken_for_a_file_name() -> None:
    with pytest.raises(SpeechError, match="neither a file"):
        load("word " * 200)


def test_a_file_that_is_no_sound_says_so(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("not a sound")
    with pytest.raises(SpeechError, match=r"text\.wav cannot be decoded as audio"):
        load(tmp_path / "text.wav")


def test_a_wav_of_another_rate_is_brought_to_48_khz(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "phone.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(np.full(8000, 1000, np.int16).tobytes())
    assert abs(len(load(tmp_path / "phone.wav")) - RATE) < RATE / 100


@pytest.mark.parametrize("lead", [0, 1, 479, 480, 481, 5000])
def test_the_first_and_last_audible_sample_are_exact(lead: int) -> None:
    pcm = np.concatenate((np.zeros(lead, np.int16), tone(0.2), silence(0.1)))
    assert voiced(pcm) == (lead, lead + int(0.2 * RATE) - 1)


def test_a_click_of_one_sample_is_no_voice() -> None:
    pcm = np.concatenate((silence(0.1), tone(0.1), silence(0.1)))
    pcm[100] = 2000
    assert voiced(pcm)[0] == RATE // 10


def test_all_silence_has_no_voice_in_it() -> None:
    with pytest.raises(SpeechError, match="make it louder"):
        voiced(tone(0.1, amplitude=50))
