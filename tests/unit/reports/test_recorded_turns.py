"""The turns of a recording: the caller on the left channel, the agent on the right."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from offhook.cli.turns import turns as command
from offhook.core.errors import OffhookError
from offhook.testing.recorded_turns import recorded_turns
from offhook.testing.speech import RATE, Samples, load


def recording(path: Path, *channels: dict[float, Samples], seconds: float = 20.0) -> Path:
    """Write a file with these sounds at these seconds, one dictionary a channel."""
    lines = [np.zeros(round(seconds * RATE), np.int16) for _ in channels]
    for line, sounds in zip(lines, channels, strict=True):
        for at, pcm in sounds.items():
            start = round(at * RATE)
            line[start : start + len(pcm)] = pcm
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.stack(lines, axis=1).tobytes())
    return path


def sounding(line: str) -> Samples:
    """The line without the silence around it."""
    pcm = load(line)
    loud = np.flatnonzero(np.abs(pcm) > 500)
    return pcm[loud[0] : loud[-1] + 1]


def run(*arguments: str) -> tuple[object, str]:
    app = typer.Typer()
    app.command("turns")(command)
    result = CliRunner().invoke(app, list(arguments))
    return result.exception, result.output


HELLO = sounding("hello")
LENGTH = len(HELLO) / RATE


def two_turns(folder: Path) -> Path:
    """The agent greets; the caller says a word, answered after 1 s; then two words with a pause, answered after 2 s."""
    caller = {4.0: HELLO, 9.0: HELLO, 10.5: HELLO}
    agent = {1.0: HELLO, 4.0 + LENGTH + 1.0: HELLO, 10.5 + LENGTH + 2.0: HELLO}
    return recording(folder / "call.wav", caller, agent)


@pytest.mark.slow
async def test_the_delay_of_each_answer_is_measured_in_the_sound(tmp_path: Path) -> None:
    found = await recorded_turns(two_turns(tmp_path))
    assert [turn.heard for turn in found] == [pytest.approx(1.0, abs=0.15), pytest.approx(2.0, abs=0.15)]
    assert [turn.at for turn in found] == [pytest.approx(at + LENGTH, abs=0.15) for at in (4.0, 10.5)]
    assert [turn.pauses for turn in found] == [0, 1]
    assert all(turn.wait is not None and turn.probability is not None for turn in found)


@pytest.mark.slow
def test_the_command_reads_a_recording(tmp_path: Path) -> None:
    file = str(two_turns(tmp_path))
    _, text = run(file)
    assert "(normal: probability" in text
    assert "2 answers: median 1." in text
    assert "A recording does not show how long the agent chose to wait" in text
    _, as_json = run(file, "--json")
    assert [turn["pauses"] for turn in json.loads(as_json)] == [0, 1]


@pytest.mark.slow
def test_a_recording_without_speech_has_no_turn(tmp_path: Path) -> None:
    assert run(str(recording(tmp_path / "call.wav", {}, {}, seconds=1.0))) == (
        None,
        "the caller had no turn in this call\n",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file"),
        (b"", "has no audio that can be read"),
        (b"these are words, not audio" * 100, "has no audio that can be read"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00", "has no audio"),
    ],
    ids=["missing", "empty", "text", "cut"],
)
def test_a_file_that_is_no_audio_is_an_error_that_says_so(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "call.ogg"
    if content is not None:
        file.write_bytes(content)
    error, _ = run(str(file))
    assert isinstance(error, OffhookError)
    assert said in str(error)


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    error, _ = run(str(tmp_path))
    assert isinstance(error, OffhookError)
    assert "cannot be read: Is a directory" in str(error)


def test_a_recording_with_one_channel_is_an_error_that_says_so(tmp_path: Path) -> None:
    error, _ = run(str(recording(tmp_path / "call.wav", {}, seconds=1.0)))
    assert isinstance(error, OffhookError)
    assert "has 1 channel; the caller and the agent need a channel each" in str(error)
