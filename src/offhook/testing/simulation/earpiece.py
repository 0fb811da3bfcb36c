"""What the caller receives from the agent: the times of audible sound, and the transcribed words."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from offhook.testing.simulation.source import PAUSE, Listener
from offhook.testing.simulation.streams import Chunk

__all__ = ["Earpiece", "Spoken"]

_TRANSCRIPT = "lk.transcription"
_BACKGROUND = "background_audio"


@dataclass(slots=True)
class Spoken:
    """One line of the agent: `text` is the part played so far, and `ended` is None until the line is finished."""

    began: float
    text: str = ""
    ended: float | None = None


class Earpiece:
    """Records the agent's output with times of the event loop's clock; `changed` is called after each change."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: dict[str, Spoken] = {}
        self.lines: list[Spoken] = []
        self._tracks: list[list[list[float]]] = []
        self._names: list[str] = []
        self.changed: Callable[[], None] = lambda: None

    def listener(self, track: str) -> Listener:
        """Make the listener of one track; background audio is ignored, because it is not speech."""
        if track == _BACKGROUND:
            return lambda *_: None
        parts: list[list[float]] = []
        self._tracks.append(parts)
        self._names.append(track)

        def on_audio(began: float, seconds: float) -> None:
            if _cut(parts, began) if seconds == 0.0 else _add(parts, began, began + seconds):
                self.changed()

        return on_audio

    @property
    def sound(self) -> list[tuple[float, float]]:
        """The times at which the agent was audible on any track, as pairs of start and end."""
        return _merged(self._tracks)

    @property
    def sound_by_track(self) -> dict[str, list[tuple[float, float]]]:
        """For each track name, the times at which the agent was audible on this track, as pairs of start and end."""
        names = dict.fromkeys(self._names)
        pairs = list(zip(self._names, self._tracks, strict=True))
        return {name: _merged([parts for one, parts in pairs if one == name]) for name in names}

    @property
    def silent_since(self) -> float:
        """The time at which the agent's last queued sound ends; 0 if there was no sound."""
        return max((parts[-1][1] for parts in self._tracks if parts), default=0.0)

    def read(self, chunk: Chunk) -> None:
        """Add one chunk of the agent's transcription stream."""
        if chunk.topic != _TRANSCRIPT:
            return
        key = chunk.attributes.get("lk.segment_id", chunk.stream)
        line = self._lines.get(key)
        if line is None:
            if not chunk.text:
                return
            line = self._lines[key] = Spoken(self._loop.time())
            self.lines.append(line)
        line.text += chunk.text
        if chunk.ended:
            line.ended = self._loop.time()
        self.changed()

    def add_line(self, text: str) -> None:
        """Add a line that the agent's journal reports as spoken, unless the transcription stream already has it."""
        letters = "".join(text.split())
        if any(letters and letters in "".join(line.text.split()) for line in self.lines):
            return
        now = self._loop.time()
        self.lines.append(Spoken(now, text, now))
        self.changed()


def _merged(tracks: list[list[list[float]]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for began, ended in sorted(part for parts in tracks for part in parts):
        if merged and began - merged[-1][1] <= PAUSE:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ended))
        else:
            merged.append((began, ended))
    return merged


def _add(parts: list[list[float]], began: float, ends: float) -> bool:
    """Add audio; return True if a new sound starts, because code that waits for silence must then check again."""
    if parts and began - parts[-1][1] <= PAUSE:
        parts[-1][1] = max(parts[-1][1], ends)
        return False
    parts.append([began, ends])
    return True


def _cut(parts: list[list[float]], at: float) -> bool:
    """End the current sound on this track; return False if the track is silent."""
    if not parts or parts[-1][1] <= at:
        return False
    parts[-1][1] = max(at, parts[-1][0])
    return True
