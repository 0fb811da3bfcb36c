"""Loads the speech of a simulated caller: a spoken line that the test kit ships, or any audio file."""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from offhook.core.errors import OffhookError

__all__ = ["RATE", "THRESHOLD", "Samples", "SpeechError", "load", "names", "slug", "voiced"]

Samples = npt.NDArray[np.int16]

RATE = 48_000
"""Samples per second of all `Samples` in the test kit; WebRTC uses the same rate."""

THRESHOLD = 32768 * 10 ** (-50 / 20)
"""The lowest level that counts as sound: -50 dBFS, averaged over 10 ms."""

_LONGEST_NAME = 255
_WINDOW = RATE // 100
_FOLDER = Path(__file__).parent


class SpeechError(OffhookError):
    """A spoken line cannot be loaded, or is silent."""


def slug(text: str) -> str:
    """Return the file name (without the suffix) of a spoken line: its words in lower case, joined by hyphens."""
    kept = (char for char in text.lower().replace("-", " ") if char.isalnum() or char == " ")
    return "-".join("".join(kept).split())


def names() -> list[str]:
    """Return the names of the spoken lines that the test kit ships."""
    return sorted(path.stem for path in _FOLDER.glob("*.ogg"))


def load(line: str | Path) -> Samples:
    """Load a shipped spoken line by its words ("What time is it?"), or any audio file by its path, as 48 kHz mono."""
    name = slug(str(line))
    path = _FOLDER / f"{name}.ogg" if name in names() else Path(line)
    if len(path.name) > _LONGEST_NAME or not path.is_file():
        raise SpeechError(f"{str(line)!r} is neither a file nor a shipped line; shipped lines: {', '.join(names())}")
    try:
        return _decode(path)
    except (av.FFmpegError, IndexError) as error:
        raise SpeechError(f"{path} cannot be decoded as audio: {error}") from error


def voiced(pcm: Samples) -> tuple[int, int]:
    """Return the index of the first and of the last audible sample; raises `SpeechError` if all samples are silent."""
    first, last = first_loud(pcm), first_loud(pcm[::-1])
    if first is None or last is None:
        raise SpeechError("this audio has no sound above -50 dBFS; make it louder")
    return first, len(pcm) - 1 - last


def first_loud(pcm: Samples) -> int | None:
    """Return the index of the first audible sample; None if there is none.

    The average level of the 10 ms that begin with this sample must also reach the threshold, so a click of one sample
    is skipped.
    """
    power = np.concatenate(([0.0], np.cumsum(pcm.astype(np.float64) ** 2)))
    ends = np.minimum(np.arange(len(pcm)) + _WINDOW, len(pcm))
    mean = (power[ends] - power[:-1]) / _WINDOW
    loud = np.flatnonzero((np.abs(pcm.astype(np.int32)) >= THRESHOLD) & (mean >= THRESHOLD**2))
    return int(loud[0]) if len(loud) else None


def _decode(path: Path) -> Samples:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        frames = [frame for decoded in container.decode(audio=0) for frame in resampler.resample(decoded)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.int16)
