"""The caller's line as sound: what is on it at which moment, for ears that listen and for ears that are told."""

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
    """Something on the line from `began` to `ends`, in seconds of the loop's clock. `text` are its words.

    `voice` says whether it is taken for a voice by detectors that are told and do not listen.
    """

    began: float
    ends: float
    text: str = ""
    voice: bool = True
    pcm: Samples | None = None


class Line:
    """One person's microphone. Sounds may overlap; between them is silence."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.sounds: list[Sound] = []
        self._told: list[Callable[[Sound], None]] = []
        self.closed = False
        self.stirred: asyncio.Future[None] = self._loop.create_future()
        """Done when the next sound begins, or the line is closed; a new one is there then."""

    def tell(self, listener: Callable[[Sound], None]) -> Callable[[], None]:
        """Tell of each sound as it begins; returns how to stop that."""
        self._told.append(listener)
        return lambda: self._told.remove(listener)

    def play(self, seconds: float, *, text: str = "", voice: bool = True, pcm: Samples | None = None) -> Sound:
        """Put a sound on the line now; `pcm` is 48 kHz mono, and may be left out where nobody listens to it."""
        now = self._loop.time()
        sound = Sound(now, now + seconds, text, voice, pcm)
        self.sounds.append(sound)
        for listener in tuple(self._told):
            listener(sound)
        self._stir()
        return sound

    def close(self) -> None:
        """Cut what is still sounding: the microphone is gone."""
        now, self.closed = self._loop.time(), True
        self.sounds = [_cut(sound, now) if sound.ends > now else sound for sound in self.sounds]
        self._stir()

    def _stir(self) -> None:
        self.stirred.set_result(None)
        self.stirred = self._loop.create_future()

    def samples(self, began: float, count: int, rate: int) -> Samples:
        """What a microphone of that rate hears from that moment on."""
        until = began + count / rate
        audible = [one for one in self.sounds if one.pcm is not None and one.ends > began and one.began < until]
        if not audible:
            return np.zeros(count, np.int16)
        heard = np.zeros(count, np.int32)
        for sound in audible:
            assert sound.pcm is not None
            offset = round((began - sound.began) * rate)
            pcm = _at(sound.pcm, rate)
            part = pcm[max(0, offset) : max(0, offset + count)]
            start = max(0, -offset)
            heard[start : start + len(part)] += part[: count - start]
        return np.clip(heard, -32768, 32767).astype(np.int16)

    @property
    def ends(self) -> float:
        """When the last sound ends, as far as is known; 0 when there was none."""
        return max((sound.ends for sound in self.sounds), default=0.0)


def _cut(sound: Sound, now: float) -> Sound:
    return Sound(sound.began, now, "", sound.voice, sound.pcm)


_RESAMPLED: dict[tuple[int, int], tuple[Samples, Samples]] = {}


def _at(pcm: Samples, rate: int) -> Samples:
    """The sound at another rate; kept for as long as the same array is asked for."""
    if rate == RATE:
        return pcm
    key = (id(pcm), rate)
    known = _RESAMPLED.get(key)
    if known is None or known[0] is not pcm:
        if len(_RESAMPLED) > 64:
            _RESAMPLED.clear()
        known = _RESAMPLED[key] = (pcm, _resampled(pcm, rate))
    return known[1]


def _resampled(pcm: Samples, rate: int) -> Samples:
    resampler = rtc.AudioResampler(RATE, rate, quality=rtc.AudioResamplerQuality.HIGH)
    frame = rtc.AudioFrame(pcm.tobytes(), RATE, 1, len(pcm))
    frames = [*resampler.push(frame), *resampler.flush()]
    return np.concatenate([np.frombuffer(part.data, np.int16) for part in frames])
