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
        self.sound: list[list[float]] = []
        self.changed: Callable[[], None] = lambda: None

    def listener(self, track: str) -> Listener:
        """An ear for one track; background sounds are no speech."""

        def heard(began: float, seconds: float, audible: bool) -> None:
            if seconds == 0.0:
                self._cut(began)
            elif audible and track != _BACKGROUND:
                self._sounded(began, began + seconds)

        return heard

    @property
    def silent_since(self) -> float:
        """When the agent's last sound ends, as far as is known; 0 when there was none."""
        return self.sound[-1][1] if self.sound else 0.0

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

    def _sounded(self, began: float, ends: float) -> None:
        if self.sound and began - self.sound[-1][1] <= _JOIN:
            self.sound[-1][1] = max(self.sound[-1][1], ends)  # whoever waits for its end looks again then
        else:
            self.sound.append([began, ends])
            self.changed()

    def _cut(self, at: float) -> None:
        if self.sound and self.sound[-1][1] > at:
            self.sound[-1][1] = max(at, self.sound[-1][0])
            self.changed()
