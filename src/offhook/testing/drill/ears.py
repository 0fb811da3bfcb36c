"""Ears that know what the caller says, and hear of it only as much as reaches them."""

from offhook.testing.sandbox.ears import Understanding
from offhook.testing.sandbox.sound import HEARING_RATE

__all__ = ["ToldEars"]

_ENOUGH = 0.8
"""The share of a line that is enough to understand all of it: its edges are silent."""


class ToldEars:
    """`now` is the line that the caller says, `seconds` its length."""

    def __init__(self) -> None:
        self.now, self.seconds = "", 1.0

    async def begin(self) -> Understanding:
        return _Heard(self.now, self.seconds)


class _Heard:
    def __init__(self, line: str, seconds: float) -> None:
        self._line, self._whole, self._seconds = line, seconds, 0.0

    async def hear(self, pcm: bytes) -> None:
        self._seconds += len(pcm) / 2 / HEARING_RATE

    async def so_far(self) -> str:
        words = self._line.split()
        return " ".join(words[: max(1, min(int(self._share * len(words)), len(words) - 1))])

    async def whole(self) -> str:
        words = self._line.split()
        if self._share >= _ENOUGH:
            return self._line
        return " ".join(words[-max(1, int(self._share * len(words))) :])

    def done(self) -> None:
        return

    @property
    def _share(self) -> float:
        return self._seconds / self._whole
