"""Redacts speech in the journal permanently: first in the rows of the table, then in the bytes of the files."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offhook.journal.mark import Mark
from offhook.journal.masking import Correction
from offhook.journal.store import Store

__all__ = ["Erasure", "Redaction"]

log = logging.getLogger(__name__)

RETRY_FIRST: Final = 0.1
RETRY_MOST: Final = 2.0
"""The longest delay in seconds between two attempts to empty the write-ahead log while another process reads."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """A request to redact the speech in those records of `call` whose number is below `before`."""

    call: str
    before: int
    mark: Mark


class Erasure:
    """Runs the requested redactions. Also completes redactions that are done in the rows but not yet in the files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._requested: list[Redaction] = []
        self._corrections: list[Correction] = []
        self._in_files: list[Mark] = []
        self._retry_at: float | None = None
        self._retry_in = RETRY_FIRST

    def request(self, redaction: Redaction) -> None:
        self._requested.append(redaction)
        self._retry_at, self._retry_in = time.monotonic(), RETRY_FIRST

    def correct(self, corrections: Sequence[Correction]) -> None:
        """Store these corrections for the next `run`."""
        self._corrections += corrections
        self._retry_at, self._retry_in = time.monotonic(), RETRY_FIRST

    @property
    def retry_in(self) -> float | None:
        """Seconds until the next attempt; None if no redaction is open."""
        return None if self._retry_at is None else max(0.0, self._retry_at - time.monotonic())

    def run(self, store: Store) -> None:
        """Run the open redactions if an attempt is due. Call this when all earlier records are on disk."""
        if store.unfinished and self._retry_at is None:
            self._retry_at = time.monotonic()  # a process died before it had redacted the files
        if self._retry_at is None or time.monotonic() < self._retry_at:
            return
        try:
            self._redact(store)
            done = store.purge()
        except Exception:  # an error of the journal must not end a call
            if self._retry_in == RETRY_FIRST:
                log.exception("the speech in the journal cannot be redacted; this is retried", extra=self._extra())
            done = False
        if done:
            self._retry_at = None
            self._answer(done=True)
        else:
            self._retry_at = time.monotonic() + self._retry_in
            self._retry_in = min(2 * self._retry_in, RETRY_MOST)

    def stop(self, store: Store) -> None:
        """Make a last attempt when the journal closes, and answer every `Mark` that still waits."""
        if self._retry_at is not None:
            self._retry_at = 0.0
            self.run(store)
        if self._retry_at is not None:
            log.error(
                "redacted speech is still in the journal's files; the next worker that opens the journal removes it",
                extra=self._extra(),
            )
        self._answer(done=False)

    def _redact(self, store: Store) -> None:
        if self._corrections:
            store.correct(self._corrections)
            self._corrections = []
        while self._requested:
            store.redact(self._requested[0].call, self._requested[0].before)
            self._in_files.append(self._requested.pop(0).mark)

    def _answer(self, *, done: bool) -> None:
        marks = [*self._in_files, *(() if done else (redaction.mark for redaction in self._requested))]
        self._in_files = []
        for mark in marks:
            mark.answer(safe=done)

    def _extra(self) -> dict[str, object]:
        return {"path": str(self._path)}
