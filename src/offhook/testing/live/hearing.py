"""The audio that a participant receives: all frames on one timeline, split into utterances on arrival."""

import math
from dataclasses import dataclass, field

import numpy as np

from offhook.testing.speech import RATE, THRESHOLD, Samples, first_loud

__all__ = ["GAP", "ReceivedAudio", "SoundOnset", "TrackAudio", "Utterance"]

GAP = 0.35
"""Seconds of silence that end an utterance."""

STALL = 0.1
"""Seconds. A frame that is later than this was sent late; shorter delays come from this process's event loop."""

_DRIFT = 0.02


@dataclass(frozen=True, slots=True)
class SoundOnset:
    """Another participant started to make a sound."""

    started_at: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sound in which each gap is shorter than 0.35 s. `rms` is the loudness of the audible parts; full scale is 1."""

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
class TrackAudio:
    """The audio of the track `name` of participant `who`.

    The start of a frame is its arrival time, corrected for short delays of this process's event loop.
    """

    who: str = ""
    name: str = ""
    frames: list[tuple[float, Samples]] = field(default_factory=list)
    _utterances: list[_Open] = field(default_factory=list)
    _last: Samples = field(default_factory=lambda: np.zeros(0, np.int16))
    _due: float | None = None

    def add(self, pcm: Samples, arrived_at: float) -> None:
        """Add one frame; frames must be added in the order of arrival."""
        began = self._place(arrived_at)
        self.frames.append((began, pcm))
        self._due = began + len(pcm) / RATE
        power = float(np.sum(pcm.astype(np.float64) ** 2))
        if len(pcm) and power / len(pcm) >= THRESHOLD**2:
            self._sound(pcm, began, power)
        self._last = pcm

    def utterances(self) -> list[Utterance]:
        return [one.close() for one in self._utterances]

    def _place(self, arrived_at: float) -> float:
        if self._due is None or not 0 < arrived_at - self._due < STALL:
            return arrived_at
        return self._due + _DRIFT * (arrived_at - self._due)

    def _sound(self, pcm: Samples, began: float, power: float) -> None:
        if not self._utterances or began - self._utterances[-1].ended_at >= GAP:
            both = np.concatenate((self._last, pcm))
            onset = (first_loud(both) or 0) - len(self._last)
            started = began + onset / RATE
            self._utterances.append(_Open(started, started))
        now = self._utterances[-1]
        tail = first_loud(pcm[::-1]) or 0
        now.ended_at = began + (len(pcm) - tail) / RATE
        now.power += power
        now.samples += len(pcm)


@dataclass(slots=True)
class ReceivedAudio:
    """The audio of all tracks together, as a person on the call would hear it."""

    _tracks: list[TrackAudio] = field(default_factory=list)

    def add_track(self, who: str = "", name: str = "") -> TrackAudio:
        """Add a new track without frames, and return it."""
        self._tracks.append(TrackAudio(who, name))
        return self._tracks[-1]

    def of(self, who: str, name: str = "") -> list[TrackAudio]:
        """Return the tracks of one participant; with `name`, only the tracks that have this name."""
        return [one for one in self._tracks if one.who == who and name in ("", one.name)]

    def listening(self) -> bool:
        """True once any audio has arrived, including silence."""
        return any(track.frames for track in self._tracks)

    def frames(self) -> list[tuple[float, Samples]]:
        return [frame for track in self._tracks for frame in track.frames]

    def utterances(self) -> list[Utterance]:
        """Return the utterances of all tracks in order of time; utterances less than 0.35 s apart are merged."""
        merged: list[Utterance] = []
        every = (one for track in self._tracks for one in track.utterances())
        for one in sorted(every, key=lambda one: one.started_at):
            if merged and one.started_at - merged[-1].ended_at < GAP:
                last = merged[-1]
                merged[-1] = Utterance(last.started_at, max(last.ended_at, one.ended_at), max(last.rms, one.rms))
            else:
                merged.append(one)
        return merged

    def onset_since(self, since: float) -> SoundOnset | None:
        return next((SoundOnset(one.started_at) for one in self.utterances() if one.started_at >= since), None)

    def silent_since(self) -> float | None:
        """Return the end of the last sound; None if there was no sound."""
        heard = self.utterances()
        return heard[-1].ended_at if heard else None
