"""Generates noises without words for the caller's audio. The same seed gives the same samples."""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from offhook.testing.speech import RATE, Samples, load

__all__ = ["KINDS", "burst", "noise", "placed"]

Wave = npt.NDArray[np.float64]
Random = np.random.Generator
_FULL = 32_767.0
_FADE = 0.01
_AUDIBLE = 0.05
"""Parts of a noise that are below this share of the highest power do not count for the level of the noise."""


def noise(kind: str, seconds: float, *, level: float = -20.0, seed: int = 1) -> Samples:
    """Return a noise of `seconds` seconds, 48 kHz mono. `level` is the loudness of the audible parts in dBFS (RMS)."""
    wave = KINDS[kind](np.random.default_rng(seed), round(seconds * RATE))
    return _at_level(wave, level)


def burst(seconds: float, *, level: float = -20.0, seed: int = 1) -> Samples:
    """Return a piece of reversed speech. The VAD reports the piece as speech, although it has no words."""
    random = np.random.default_rng(seed)
    voices = _backwards()
    count = round(seconds * RATE)
    power = np.cumsum(voices**2)
    power = power[count:] - power[:-count]
    start = int(random.choice(np.flatnonzero(power > np.quantile(power, 0.8))))
    return _at_level(_faded(voices[start : start + count]), level)


def placed(length: float, sounds: Mapping[float, Samples]) -> Samples:
    """Return `length` seconds of silence with the sounds inserted. The keys of `sounds` are start times in seconds."""
    line = np.zeros(round(length * RATE), np.int32)
    for at, pcm in sounds.items():
        start = round(at * RATE)
        part = pcm[: max(0, len(line) - start)]
        line[start : start + len(part)] += part
    return np.clip(line, -32_768, 32_767).astype(np.int16)


def _at_level(wave: Wave, level: float) -> Samples:
    frame = RATE // 50
    power = np.mean(wave[: len(wave) // frame * frame].reshape(-1, frame) ** 2, axis=1)
    audible = power[power >= _AUDIBLE * power.max()] if len(power) else wave**2
    rms = float(np.sqrt(np.mean(audible)))
    return np.clip(wave / rms * _FULL * 10 ** (level / 20), -_FULL, _FULL).astype(np.int16)


def _faded(wave: Wave) -> Wave:
    at = np.arange(len(wave)) / RATE
    return wave * np.minimum(1.0, np.minimum(at, at[::-1]) / _FADE)


@cache
def _backwards() -> Wave:
    return load("monologue")[::-1].astype(np.float64) / _FULL


def _events(random: Random, count: int, every: tuple[float, float], one: Callable[[], Wave]) -> Wave:
    """Return a sound that is repeated at random intervals, which are between `every[0]` and `every[1]` seconds long."""
    wave = np.zeros(count)
    at = random.uniform(0.0, every[0])
    while (start := round(at * RATE)) < count:
        sound = one()[: count - start]
        wave[start : start + len(sound)] += sound
        at += random.uniform(*every)
    return wave


def _coloured(random: Random, count: int, low: float, high: float) -> Wave:
    """Return noise that is limited to a frequency band."""
    bands = np.fft.rfft(random.normal(size=count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    bands[(hertz < low) | (hertz > high)] = 0
    return np.fft.irfft(bands, count)


def _clicks(random: Random, count: int) -> Wave:
    return _events(random, count, (0.4, 2.0), lambda: np.array([1.0, -0.8, 0.4]))


def _cough(random: Random, count: int) -> Wave:
    def one() -> Wave:
        at = np.arange(round(random.uniform(0.25, 0.45) * RATE)) / RATE
        breath = _coloured(random, len(at), 300, 4_000)
        buzz = np.sign(np.sin(2 * np.pi * random.uniform(110, 170) * at)) * np.std(breath)
        return np.asarray((breath + 0.5 * buzz) * np.exp(-9 * at) * np.minimum(1, at / 0.008), np.float64)

    return _events(random, count, (1.5, 4.0), one)


def _hiss(random: Random, count: int) -> Wave:
    return random.normal(size=count)


def _fan(random: Random, count: int) -> Wave:
    """Return the sound of a fan that starts slowly, stops and starts again. The turning blades make the sound louder
    and quieter.
    """
    at = np.arange(count) / RATE
    air = _coloured(random, count, 60, 1_500) * (1 + 0.4 * np.sin(2 * np.pi * 23 * at))
    beat = at % random.uniform(5.0, 7.0)
    return air * np.clip(beat / 0.5, 0, 1) * np.clip((3.5 - beat) / 0.5, 0, 1)


def _hum(random: Random, count: int) -> Wave:
    at = np.arange(count) / RATE
    return sum((np.sin(2 * np.pi * 50 * k * at + random.uniform(0, 6)) / k for k in (1, 2, 3, 5)), np.zeros(count))


def _music(random: Random, count: int) -> Wave:
    """Return music with one chord per second and a melody."""
    at = np.arange(count) / RATE
    beat = at % 1.0
    notes = 220.0 * 2 ** (random.integers(0, 12, count // RATE + 1) / 12)
    root = notes[at.astype(int)]
    chord = sum((np.sin(2 * np.pi * root * ratio * beat) for ratio in (1.0, 1.25, 1.5, 2.0)), np.zeros(count))
    melody = np.sin(2 * np.pi * 2 * root * (at % 0.25)) * np.exp(-6 * (at % 0.25))
    return np.asarray(chord * np.exp(-2 * beat) + melody, np.float64)


def _babble(random: Random, count: int) -> Wave:
    """Return the sound of a full restaurant: four voices at once, without intelligible words."""
    voices = _backwards()
    rolled = (np.resize(np.roll(voices, -int(random.integers(len(voices)))), count) for _ in range(4))
    return sum(rolled, np.zeros(count))


def _talker(random: Random, count: int) -> Wave:
    """Return a voice at the other end of a large room: muffled, with an echo and with pauses."""
    voices = np.resize(np.roll(_backwards(), -int(random.integers(RATE))), count)
    bands = np.fft.rfft(voices)
    bands[np.fft.rfftfreq(count, 1 / RATE) > 1_800] *= 0.1
    dull = np.fft.irfft(bands, count)
    for delay, share in ((0.05, 0.6), (0.11, 0.4), (0.19, 0.3), (0.31, 0.2)):
        late = round(delay * RATE)
        dull[late:] += share * dull[:-late] if len(dull) > late else 0
    at = np.arange(count) / RATE
    return dull * (at % 4.0 < 2.0)


def _keyboard(random: Random, count: int) -> Wave:
    def one() -> Wave:
        at = np.arange(round(0.03 * RATE)) / RATE
        return random.normal(size=len(at)) * np.exp(-180 * at) * random.uniform(0.5, 1.0)

    return _events(random, count, (0.08, 0.4), one)


def _voice(random: Random, count: int) -> Wave:
    """Return silence that is interrupted every four seconds by 0.3 s of a voice without words."""
    wave = np.zeros(count)
    for start in range(RATE, count, 4 * RATE):
        sound = burst(0.3, seed=int(random.integers(1 << 30)))[: count - start] / _FULL
        wave[start : start + len(sound)] += sound
    return wave


KINDS: Mapping[str, Callable[[Random, int], Wave]] = {
    "clicks": _clicks,
    "cough": _cough,
    "hiss": _hiss,
    "fan": _fan,
    "hum": _hum,
    "music": _music,
    "babble": _babble,
    "talker": _talker,
    "keyboard": _keyboard,
    "voice": _voice,
}
