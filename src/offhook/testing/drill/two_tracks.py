"""What the caller of a drill hears, also told apart by where it comes from: the session, or offhook's own track."""

import asyncio

from offhook.testing.simulation.earpiece import Earpiece, Spoken
from offhook.testing.simulation.source import Listener

__all__ = ["TwoTracks"]

_OWN = "offhook_announcement"
_NOW = 1.5
"""Seconds between the end of a line's sound and its record."""


class TwoTracks(Earpiece):
    """`session` has the sound of the session's track alone, `sound` of both: one that is cut does not cut the other."""

    def __init__(self) -> None:
        super().__init__()
        self._session, self._own = Earpiece(), Earpiece()

    @property
    def session(self) -> list[list[float]]:
        return self._session.sound

    def told(self, text: str) -> None:
        """As everywhere, but what is said a second time is heard a second time: only what sounded now is known."""
        now, squeezed = asyncio.get_running_loop().time(), "".join(text.split())
        recent = [line for line in self.lines if line.ended is None or line.ended >= now - _NOW]
        if not any(squeezed in "".join(line.text.split()) for line in recent):
            self.lines.append(Spoken(now, text, now))
            self.changed()

    def listener(self, track: str) -> Listener:
        one = (self._own if track == _OWN else self._session).listener(track)

        def heard(began: float, seconds: float, audible: bool) -> None:
            one(began, seconds, audible)
            self.sound = sorted((list(part) for part in (*self._own.sound, *self._session.sound)), key=_end)
            self.changed()

        return heard


def _end(part: list[float]) -> float:
    return part[1]
