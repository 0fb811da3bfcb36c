"""What the caller hears: every frame on one time line, cut into utterances as it arrives."""

import math
from dataclasses import dataclass, field

import numpy as np

from offhook.testing.speech import RATE, THRESHOLD, Samples, first_loud

__all__ = ["GAP", "Ear", "Heard", "Hearing", "Utterance"]

GAP = 0.35
"""Seconds of silence that end an utterance."""

STALL = 0.1
"""A frame later than this was sent late; one less late only waited for our event loop."""

_DRIFT = 0.02


@dataclass(frozen=True, slots=True)
class Heard:
    """The other side began to make a sound."""

    started_at: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """Sound without a gap of 0.35 s, and the loudness (RMS, full scale is 1) of its audible parts."""

    started_at: float
    ended_at: float
    rms: float


@dataclass(slots=True)
class _Open:
    started_at: float
    ended_at: float
    power: float = 0.0
    samples: int = 0

    def close(self) -> Utterance:
        rms = math.sqrt(self.power / self.samples) / 32768 if self.samples else 0.0
        return Utterance(self.started_at, self.ended_at, rms)


@dataclass(slots=True)
class Ear:
    """One track. A frame is heard from its arrival on; the waits of our own event loop are smoothed away."""

    frames: list[tuple[float, Samples]] = field(default_factory=list)
    _spoken: list[_Open] = field(default_factory=list)
    _last: Samples = field(default_factory=lambda: np.zeros(0, np.int16))
    _due: float | None = None

    def add(self, pcm: Samples, arrived_at: float) -> None:
        """Take one frame; frames come in their order."""
        began = self._place(arrived_at)
        self.frames.append((began, pcm))
        self._due = began + len(pcm) / RATE
        power = float(np.sum(pcm.astype(np.float64) ** 2))
        if len(pcm) and power / len(pcm) >= THRESHOLD**2:
            self._sound(pcm, began, power)
        self._last = pcm

    def utterances(self) -> list[Utterance]:
        return [one.close() for one in self._spoken]

    def _place(self, arrived_at: float) -> float:
        if self._due is None or not 0 < arrived_at - self._due < STALL:
            return arrived_at
        return self._due + _DRIFT * (arrived_at - self._due)

    def _sound(self, pcm: Samples, began: float, power: float) -> None:
        if not self._spoken or began - self._spoken[-1].ended_at >= GAP:
            both = np.concatenate((self._last, pcm))
            onset = (first_loud(both) or 0) - len(self._last)
            started = began + onset / RATE
            self._spoken.append(_Open(started, started))
        now = self._spoken[-1]
        tail = first_loud(pcm[::-1]) or 0
        now.ended_at = began + (len(pcm) - tail) / RATE
        now.power += power
        now.samples += len(pcm)


@dataclass(slots=True)
class Hearing:
    """All tracks together: what a person on the line would hear."""

    _ears: list[Ear] = field(default_factory=list)

    def ear(self) -> Ear:
        """An ear for one more track."""
        self._ears.append(Ear())
        return self._ears[-1]

    def listening(self) -> bool:
        """Whether anything arrives at all, be it silence."""
        return any(ear.frames for ear in self._ears)

    def frames(self) -> list[tuple[float, Samples]]:
        return [frame for ear in self._ears for frame in ear.frames]

    def utterances(self) -> list[Utterance]:
        """Utterances of all tracks in their order; those that touch are one."""
        merged: list[Utterance] = []
        for one in sorted((one for ear in self._ears for one in ear.utterances()), key=lambda one: one.started_at):
            if merged and one.started_at - merged[-1].ended_at < GAP:
                last = merged[-1]
                merged[-1] = Utterance(last.started_at, max(last.ended_at, one.ended_at), max(last.rms, one.rms))
            else:
                merged.append(one)
        return merged

    def onset_since(self, since: float) -> Heard | None:
        return next((Heard(one.started_at) for one in self.utterances() if one.started_at >= since), None)

    def silent_since(self) -> float | None:
        """When the last sound ended; None when there was none."""
        heard = self.utterances()
        return heard[-1].ended_at if heard else None
