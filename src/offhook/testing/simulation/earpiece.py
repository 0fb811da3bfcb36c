"""What the caller hears and reads of the agent: when there was sound, and which words, as they were said."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from offhook.testing.simulation.source import Listener
from offhook.testing.simulation.streams import Chunk

__all__ = ["Earpiece", "Spoken"]

_TRANSCRIPT = "lk.transcription"
_BACKGROUND = "background_audio"
_JOIN = 1e-6


@dataclass(slots=True)
class Spoken:
    """A line of the agent as it was heard so far; `ended` when no more of it comes."""

    began: float
    text: str = ""
    ended: float | None = None


class Earpiece:
    """Kept on the loop's clock; `changed` is called after each change."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: dict[str, Spoken] = {}
        self.lines: list[Spoken] = []
        self._tracks: list[list[list[float]]] = []
        self.changed: Callable[[], None] = lambda: None

    def listener(self, track: str) -> Listener:
        """An ear for one track; background sounds are no speech."""
        if track == _BACKGROUND:
            return lambda *_: None
        parts: list[list[float]] = []
        self._tracks.append(parts)

        def heard(began: float, seconds: float, audible: bool) -> None:
            if _cut(parts, began) if seconds == 0.0 else audible and _sounded(parts, began, began + seconds):
                self.changed()

        return heard

    @property
    def sound(self) -> list[tuple[float, float]]:
        """When the agent was heard, on whichever track: began, ended."""
        together: list[tuple[float, float]] = []
        for began, ended in sorted(part for parts in self._tracks for part in parts):
            if together and began - together[-1][1] <= _JOIN:
                together[-1] = (together[-1][0], max(together[-1][1], ended))
            else:
                together.append((began, ended))
        return together

    @property
    def silent_since(self) -> float:
        """When the agent's last sound ends, as far as is known; 0 when there was none."""
        return max((parts[-1][1] for parts in self._tracks if parts), default=0.0)

    def read(self, chunk: Chunk) -> None:
        """One more piece of what the agent says that it says."""
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

    def told(self, text: str) -> None:
        """The agent's record says that this was heard: a line of its own, unless it was read already."""
        squeezed = "".join(text.split())
        if any(squeezed and squeezed in "".join(line.text.split()) for line in self.lines):
            return
        now = self._loop.time()
        self.lines.append(Spoken(now, text, now))
        self.changed()


def _sounded(parts: list[list[float]], began: float, ends: float) -> bool:
    """Add a sound; whether it is a new one. Whoever waits for the end of one looks again then."""
    if parts and began - parts[-1][1] <= _JOIN:
        parts[-1][1] = max(parts[-1][1], ends)
        return False
    parts.append([began, ends])
    return True


def _cut(parts: list[list[float]], at: float) -> bool:
    """End what sounds on this track; whether anything did."""
    if not parts or parts[-1][1] <= at:
        return False
    parts[-1][1] = max(at, parts[-1][0])
    return True
