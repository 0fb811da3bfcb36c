"""An emulated STT that gets the caller's words from the drill, and returns only the words whose audio arrived."""

from offhook.testing.sandbox.sound import HEARING_RATE
from offhook.testing.sandbox.stt import SpeechResult

__all__ = ["ToldStt"]

_ENOUGH = 0.8
"""If this share of a line's audio arrived, the transcript is complete, because a line begins and ends with silence."""


class ToldStt:
    """`now` is the caller's current line; `seconds` is the length of the line."""

    def __init__(self) -> None:
        self.now, self.seconds = "", 1.0

    async def begin(self) -> SpeechResult:
        return _Recognition(self.now, self.seconds)


class _Recognition:
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
