"""Writes a caller's turns into the audio file for Chromium's microphone, and finds the agent's answers in the audio of
the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from wave import open as open_wave

import numpy as np
import numpy.typing as npt

from offhook.core.errors import OffhookError
from offhook.testing.speech import RATE, THRESHOLD, Samples, load, voiced

__all__ = ["BETWEEN", "LOUD", "Answer", "answers", "first_sound", "microphone", "spoken_turns"]

LINE = "what are your opening hours"
FIRST, BETWEEN = 6.0, 9.0
"""Seconds of silence: before the first turn, so that the agent can greet, and after each turn, so that the agent can
answer.
"""
PAUSES = (0.3, 0.5)
"""The lengths of the pauses in seconds. Every second turn has a pause in the middle, and the two lengths alternate."""
LOUD = THRESHOLD / 32768
_APART = 2.0
"""Silence of this many seconds ends a turn of the caller."""
_OFF = 0.15
"""The largest accepted difference in seconds between the length of a turn in the page's audio and its length in the
file.
"""
_EDGE = RATE // 50

Blocks = npt.NDArray[np.float64]
"""One row for each block of audio samples: the time of the block in seconds, the peak of the microphone's audio, and
the peak of the agent's audio.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one turn. `seconds` is the time from the end of the turn to the agent's first audible sample; None
    if the agent cut in or did not answer. `paused` is the length in seconds of the pause in the turn; 0 if the turn has
    no pause.
    """

    paused: float
    cut_in: bool
    seconds: float | None


def spoken_turns(count: int) -> list[tuple[float, Samples]]:
    """Return for each turn the length of its pause in seconds, and the audio. Every second turn has a pause."""
    line = load(LINE)
    first, last = voiced(line)
    line = line[first : last + 1]
    pauses = [PAUSES[turn // 2 % len(PAUSES)] if turn % 2 else 0.0 for turn in range(count)]
    return [(pause, _with_pause(line, pause) if pause else line) for pause in pauses]


def microphone(path: Path, turns: Sequence[tuple[float, Samples]]) -> None:
    """Write the audio file that Chromium uses instead of a microphone."""
    parts = [np.zeros(round(FIRST * RATE), np.int16)]
    for _, pcm in turns:
        parts += [pcm, np.zeros(round(BETWEEN * RATE), np.int16)]
    with open_wave(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.concatenate(parts).tobytes())


def answers(blocks: Blocks, turns: Sequence[tuple[float, Samples]]) -> list[Answer]:
    """Return the answer to each turn. The turns are found in the microphone's audio, and the answers in the agent's
    audio.
    """
    found = list(_sounds(blocks[:, 0], blocks[:, 1]))
    if len(found) != len(turns):
        raise OffhookError(f"the page's microphone recorded {len(found)} turns, but the file has {len(turns)}")
    ends = [*(began for began, _ in found[1:]), float(blocks[-1, 0])]
    return [_answer(blocks, turn, *spoken, until) for turn, spoken, until in zip(turns, found, ends, strict=True)]


def first_sound(blocks: Blocks) -> float | None:
    """Return the time of the agent's first audible sample, or None if the agent has not spoken."""
    loud = np.flatnonzero(blocks[:, 2] >= LOUD)
    return float(blocks[loud[0], 0]) if len(loud) else None


def _answer(blocks: Blocks, turn: tuple[float, Samples], began: float, ended: float, until: float) -> Answer:
    paused, pcm = turn
    length = len(pcm) / RATE
    if abs(ended - began - length) > _OFF:
        raise OffhookError(
            f"the page's microphone recorded a turn of {ended - began:.2f} s, but in the file it is {length:.2f} s"
        )
    end = began + length  # the length in the file, because noise suppression sometimes removes the quiet end of a word
    times, agent = blocks[:, 0], blocks[:, 2] >= LOUD
    if agent[(times >= began) & (times < end)].any():
        return Answer(paused, cut_in=True, seconds=None)
    heard = times[agent & (times >= end) & (times < until)]
    return Answer(paused, cut_in=False, seconds=float(heard[0]) - end if len(heard) else None)


def _sounds(times: npt.NDArray[np.float64], peaks: npt.NDArray[np.float64]) -> Iterator[tuple[float, float]]:
    """Yield the start and the end of each turn of the caller."""
    loud = times[peaks >= LOUD]
    if not len(loud):
        return
    gaps = np.flatnonzero(np.diff(loud) > _APART)
    yield from zip(loud[[0, *(gaps + 1)]].tolist(), loud[[*gaps, -1]].tolist(), strict=True)


def _with_pause(line: Samples, seconds: float) -> Samples:
    """Return the spoken line with a pause at the quietest place in the middle third of the line."""
    first, last = len(line) // 3, 2 * len(line) // 3
    power = np.convolve(line[first:last].astype(np.float64) ** 2, np.ones(_EDGE), mode="valid")
    at = first + int(power.argmin()) + _EDGE // 2
    return np.concatenate((line[:at], np.zeros(round(seconds * RATE), np.int16), line[at:]))
