"""The caller's microphone: sounds with their times, as samples for real models and as text for fake models."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from livekit import rtc

from offhook.testing.speech import RATE

__all__ = ["Line", "Sound"]

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound from `began` to `ends`, in seconds of the loop's clock. `text` has the spoken words.

    `voice` is True if a fake VAD, which reads no samples, reports the sound as speech.
    """

    began: float
    ends: float
    text: str = ""
    voice: bool = True
    pcm: Samples | None = None


class Line:
    """One person's microphone. Sounds may overlap; between sounds there is silence."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.sounds: list[Sound] = []
        self._listeners: list[Callable[[Sound], None]] = []
        self.closed = False
        self.changed: asyncio.Future[None] = self._loop.create_future()
        """A future that is done when the next sound begins or the microphone closes; then a new future replaces it."""

    def subscribe(self, listener: Callable[[Sound], None]) -> Callable[[], None]:
        """Call `listener` with each sound when the sound begins; returns a function that unsubscribes."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def play(self, seconds: float, *, text: str = "", voice: bool = True, pcm: Samples | None = None) -> Sound:
        """Start a sound now. `pcm` is 48 kHz mono; fake models need no `pcm`."""
        now = self._loop.time()
        sound = Sound(now, now + seconds, text, voice, pcm)
        self.sounds.append(sound)
        for listener in tuple(self._listeners):
            listener(sound)
        self._signal_change()
        return sound

    def close(self) -> None:
        """Close the microphone and cut sounds that still play."""
        now, self.closed = self._loop.time(), True
        self.sounds = [_cut(sound, now) if sound.ends > now else sound for sound in self.sounds]
        self._signal_change()

    def _signal_change(self) -> None:
        self.changed.set_result(None)
        self.changed = self._loop.create_future()

    def samples(self, began: float, count: int, rate: int) -> Samples:
        """Return `count` samples from the time `began` on, at this sample rate: a mix of all sounds."""
        until = began + count / rate
        audible = [one for one in self.sounds if one.pcm is not None and one.ends > began and one.began < until]
        if not audible:
            return np.zeros(count, np.int16)
        mixed = np.zeros(count, np.int32)
        for sound in audible:
            assert sound.pcm is not None
            offset = round((began - sound.began) * rate)
            pcm = _at(sound.pcm, rate)
            part = pcm[max(0, offset) : max(0, offset + count)]
            start = max(0, -offset)
            mixed[start : start + len(part)] += part[: count - start]
        return np.clip(mixed, -32768, 32767).astype(np.int16)

    @property
    def ends(self) -> float:
        """The time at which the last sound ends; 0 if there was no sound."""
        return max((sound.ends for sound in self.sounds), default=0.0)


def _cut(sound: Sound, now: float) -> Sound:
    return Sound(sound.began, now, "", sound.voice, sound.pcm)


_RESAMPLED: dict[tuple[int, int], tuple[Samples, Samples]] = {}


def _at(pcm: Samples, rate: int) -> Samples:
    """Return the samples at another sample rate; the result is cached for each array."""
    if rate == RATE:
        return pcm
    key = (id(pcm), rate)
    cached = _RESAMPLED.get(key)
    if cached is None or cached[0] is not pcm:
        if len(_RESAMPLED) > 64:
            _RESAMPLED.clear()
        cached = _RESAMPLED[key] = (pcm, _resampled(pcm, rate))
    return cached[1]


def _resampled(pcm: Samples, rate: int) -> Samples:
    resampler = rtc.AudioResampler(RATE, rate, quality=rtc.AudioResamplerQuality.HIGH)
    frame = rtc.AudioFrame(pcm.tobytes(), RATE, 1, len(pcm))
    frames = [*resampler.push(frame), *resampler.flush()]
    return np.concatenate([np.frombuffer(part.data, np.int16) for part in frames])
