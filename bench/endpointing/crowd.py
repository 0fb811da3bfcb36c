"""Mixes spoken orders with the noise of a crowd. Measures when LiveKit's VAD and offhook's `StoppedWords` detect the
end of an order.

The crowd is six people who read aloud at the same time. The STT is simulated, and never transcribes the crowd. The
times of the words are not known, so the words of an order are spread evenly over its duration. The STT returns each
word 0.3 s after the end of the word, and the final transcript 0.5 s after the last word.
"""

import asyncio
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from livekit.agents.vad import VADEventType
from livekit.local_inference import VAD_WINDOW_SAMPLES

from bench.endpointing.labels import Recording
from offhook.core.facts import TranscriptReceived
from offhook.models.recorded_speech import RATE, Samples, decode, vad_events
from offhook.policies.endpointing.stopped_words import StoppedWords

__all__ = ["LEVELS", "Ends", "crowd_ends"]

LEVELS = (math.inf, 15.0, 5.0)
"""The ratio of the order's power to the crowd's power, in decibels. Infinity means that there is no crowd."""
_PEOPLE = 6
_BEFORE, AFTER = 1.0, 4.0
"""Seconds of crowd noise before and after the order."""
_WORD, _FINAL = 0.3, 0.5
_STEP = VAD_WINDOW_SAMPLES / RATE
_VERSION = "1"
_Wave = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ends:
    """The detected ends of one order, in seconds after its last word. Infinity means that no end is detected.

    `vad` is the end that the VAD alone detects. `words` is the earlier of two ends: the VAD's and that of
    `StoppedWords`. `cut_in` is True if `StoppedWords` detects an end before the last word has ended.
    """

    vad: float
    words: float
    cut_in: bool


def crowd_ends(found: Sequence[Recording], level: float, cache: Path) -> Iterator[Ends]:
    """Mix each order with the crowd, and yield the detected ends. `level` is one of `LEVELS`."""
    voices = [one for one in found if one.path.name.startswith("libri-")]
    orders = [one for one in found if one.kind == "orders" and one.entry.get("end") == "turn"]
    for seed, order in enumerate(orders):
        begins, ends = order.entry["segments"][0][0] + _BEFORE, order.entry["speech_end"] + _BEFORE
        pcm = _mixed(order, voices, level, seed)
        speeches = _speeches(pcm, cache)
        by_vad = min((stop for _, stop in speeches if stop >= ends), default=math.inf)
        by_words = _words_end(pcm, speeches, str(order.entry["text"]).split(), begins, ends)
        yield Ends(by_vad - ends, min(by_vad, by_words) - ends, by_words < ends)


def _mixed(order: Recording, voices: Sequence[Recording], level: float, seed: int) -> Samples:
    said = decode(order.path)[0].astype(np.float64)
    parts = [said[round(start * RATE) : round(stop * RATE)] for start, stop in order.entry["segments"]]
    power = np.mean(np.concatenate(parts) ** 2)
    said = said[: round((order.entry["speech_end"] + 0.1) * RATE)]
    line = np.pad(said, (round(_BEFORE * RATE), round(AFTER * RATE)))
    if math.isfinite(level):
        line += _crowd(voices, len(line), seed) * np.sqrt(power / 10 ** (level / 10))
    loudest = float(np.abs(line).max())
    return np.clip(line * (32_000 / max(loudest, 32_000)), -32_768, 32_767).astype(np.int16)


def _crowd(voices: Sequence[Recording], count: int, seed: int) -> _Wave:
    """Return the sound of people who talk at the same time, scaled to a mean power of 1."""
    random = np.random.default_rng(seed)
    total = np.zeros(count)
    for at in random.choice(len(voices), _PEOPLE, replace=False):
        voice = decode(voices[at].path)[0].astype(np.float64)
        turned = np.resize(np.roll(voice, int(random.integers(len(voice)))), count)
        total += turned / np.sqrt(np.mean(voice**2))
    return np.asarray(total / np.sqrt(np.mean(total**2)), np.float64)


def _speeches(pcm: Samples, cache: Path) -> list[tuple[float, float]]:
    """Return the start and the end of each speech that the VAD detects, in seconds. The end is infinite if the VAD
    detects no end.
    """
    kept = cache / f"crowd-{hashlib.sha256(pcm.tobytes()).hexdigest()[:24]}-{_VERSION}.json"
    if kept.exists():
        return [(start, stop) for start, stop in json.loads(kept.read_text())]
    found = asyncio.run(_detected(pcm))
    cache.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(found))
    return found


async def _detected(pcm: Samples) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    async for event in vad_events(pcm):
        if event.type == VADEventType.START_OF_SPEECH:
            found.append((event.timestamp, math.inf))
        elif event.type == VADEventType.END_OF_SPEECH:
            found[-1] = (found[-1][0], event.timestamp)
    return found


def _words_end(
    pcm: Samples,
    speeches: Sequence[tuple[float, float]],
    text: Sequence[str],
    begins: float,
    ends: float,
) -> float:
    """Return the time in seconds at which `StoppedWords` detects the end of the order, or infinity if there is no such
    time.
    """
    policy, waiting = StoppedWords(), list(_transcripts(text, begins, ends))
    powers = np.mean(
        pcm[: len(pcm) // VAD_WINDOW_SAMPLES * VAD_WINDOW_SAMPLES].reshape(-1, VAD_WINDOW_SAMPLES) ** 2.0, 1
    )
    speaking = False
    for step, power in enumerate(powers):
        now = (step + 1) * _STEP
        before, speaking = speaking, any(start <= now < stop for start, stop in speeches)
        if speaking and not before:
            policy.begin()
        if speaking:
            policy.hear(float(power), _STEP)
        while waiting and waiting[0][0] <= now:
            policy.notice(waiting.pop(0)[1], now)
        if speaking and policy.stopped(now):
            return now
    return math.inf


def _transcripts(text: Sequence[str], begins: float, ends: float) -> Iterator[tuple[float, TranscriptReceived]]:
    for count in range(1, len(text) + 1):
        said = begins + (ends - begins) * count / len(text)
        yield said + _WORD, TranscriptReceived(" ".join(text[:count]), final=False)
    yield ends + _FINAL, TranscriptReceived(" ".join(text), final=True)
