"""Collects the transcripts of one person until the utterance is over."""

import asyncio
from collections.abc import Callable

__all__ = ["ENDPOINT", "LOST", "Utterance"]

ENDPOINT = 0.8
"""Seconds after a final transcript until the utterance is over, if the STT does not report the end of speech."""
LOST = 5.0
"""Seconds after an interim transcript until the utterance is over, if no final transcript comes."""


class Utterance:
    """The current utterance of one person. When the utterance is over, `over` is called with the words, or with "" if
    no final transcript came.
    """

    def __init__(self, over: Callable[[str], None]) -> None:
        self._over = over
        self._texts: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def open(self) -> bool:
        """True from the first word until the utterance is over."""
        return self._timer is not None

    def words(self, text: str, *, final: bool) -> None:
        """Add a transcript, and restart the timer that ends the utterance."""
        if final:
            self._texts.append(text)
        self._wait(ENDPOINT if final else LOST)

    def end(self) -> None:
        """End the utterance, because the STT reports the end of speech. If there is only an interim transcript, wait
        for the final transcript.
        """
        if self._texts:
            self._finish()

    def drop(self) -> None:
        """Drop the utterance without calling `over`."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._texts = None, []

    def _wait(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._finish)

    def _finish(self) -> None:
        text = " ".join(self._texts)
        self.drop()
        self._over(text)
