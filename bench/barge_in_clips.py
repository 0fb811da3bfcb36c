"""Cuts clips for the barge-in benchmark from recordings: speech that interrupts, short utterances of listeners, and
noise.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from offhook.testing.speech import RATE, Samples, load

__all__ = ["Clip", "clips_of", "onset"]

Kind = Literal["words", "backchannel", "noise"]

LEAD = 0.1
"""Seconds of silence at the start of each clip."""
WORDS, SHORT, NOISE = 3.0, 0.9, 6.0
"""Maximum seconds of a clip: of interrupting speech, of a listener's utterance, and of noise."""
SHORTEST = 0.12
"""A segment of less than this many seconds is a labelling error, not an utterance."""
APART = 0.4
"""A listener's utterance is used only if its channel has no other speech for this many seconds before and after it."""
_WINDOW = RATE // 100
_BELOW_DB = 25.0
_FADE = RATE // 200


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of a recording. `text` is what the agent's STT returns, or empty if the sound has no words."""

    kind: Kind
    file: str
    pcm: Samples
    text: str

    @property
    def seconds(self) -> float:
        return len(self.pcm) / RATE


def clips_of(folder: Path) -> list[Clip]:
    """Return the clips of all recordings in the manifest, in a fixed order."""
    files: Sequence[Mapping[str, Any]] = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))["file"]
    return [clip for file in files for clip in _clips(folder, file)]


def _clips(folder: Path, file: Mapping[str, Any]) -> Iterator[Clip]:
    name, kind, segments = str(file["file"]), str(file["kind"]), file.get("segments") or []
    if kind == "command" and segments:
        first = segments[0][0]
        yield _cut(folder, name, "words", (first, min(first + WORDS, float(file["seconds"]))), "I would like something")
    elif kind.startswith("noise"):
        seconds = float(file["seconds"])
        yield _cut(folder, name, "noise", (0.0, min(seconds, NOISE)), "")
    elif kind == "call-channel" or name.startswith(("words/digit", "words/sc-yes")):
        for begin, end in _short(segments or [[0.0, float(file["seconds"])]]):
            yield _cut(folder, name, "backchannel", (begin, end), "okay")


def _short(segments: Sequence[Sequence[float]]) -> Iterator[tuple[float, float]]:
    """Yield the start and the end of each short segment that has no other speech near it."""
    for before, (begin, end), after in zip(
        [[0.0, -9.0], *segments], segments, [*segments[1:], [1e9, 1e9]], strict=False
    ):
        if SHORTEST <= end - begin <= SHORT and begin - before[1] >= APART and after[0] - end >= APART:
            yield begin, end


def _cut(folder: Path, name: str, kind: Kind, span: tuple[float, float], text: str) -> Clip:
    begin, end = (max(0, round((at + pad) * RATE)) for at, pad in zip(span, (-0.15, 0.1), strict=True))
    pcm = load(folder / name)[begin:end].copy()
    ramp = np.linspace(0.0, 1.0, _FADE)
    pcm[:_FADE] = (pcm[:_FADE] * ramp).astype(np.int16)
    pcm[-_FADE:] = (pcm[-_FADE:] * ramp[::-1]).astype(np.int16)
    return Clip(kind, name, np.concatenate([np.zeros(round(LEAD * RATE), np.int16), pcm]), text)


def onset(pcm: Samples) -> int:
    """Return the index of the sound's first sample. The sound begins with the first 10 ms that are at most 25 dB below
    the loudest 10 ms of the first second.
    """
    windows = pcm[: len(pcm) // _WINDOW * _WINDOW].reshape(-1, _WINDOW).astype(np.float64)
    levels = np.sqrt(np.mean(windows**2, axis=1))
    loudest = float(np.max(levels[: round((LEAD + 1.0) * 100)], initial=0.0))
    return int(np.argmax(levels >= loudest * 10 ** (-_BELOW_DB / 20))) * _WINDOW
