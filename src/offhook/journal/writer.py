"""Writes the journal without blocking the call: a queue passes the records to one thread, which owns the file."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, Self

from offhook.core.record import Record
from offhook.core.webhooks import Receiver
from offhook.journal.backlog import KEEP, Backlog
from offhook.journal.erasure import Erasure, Redaction
from offhook.journal.mark import Mark
from offhook.journal.masking import TextMask
from offhook.journal.store import Store

__all__ = ["Journal"]

log = logging.getLogger(__name__)

BATCH: Final = 2_000
RETRY_FIRST: Final = 0.1
RETRY_MOST: Final = 5.0


_Item = Record | Mark | Redaction | Literal["stop"]


class Journal:
    """A `Recorder` that writes to a file. A full, slow or missing disk does not delay the call; waiting records are
    written later.

    Each fact is stored together with its webhook messages for `receivers`, in one transaction.
    """

    def __init__(self, path: Path, receivers: Sequence[Receiver] = (), *, mask: TextMask | None = None) -> None:
        self._path = path
        self._backlog = Backlog(path, mask)
        self._receivers = receivers
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._marks: list[Mark] = []
        self._erasure = Erasure(path)
        self._closed = self._stopping = False
        self._lost_reported = 0
        self._outage: float | None = None
        self._retry_in = RETRY_FIRST
        self._retry_at = 0.0
        self._thread = threading.Thread(target=self._run, name="offhook-journal", daemon=True)

    @classmethod
    def open(cls, path: Path, receivers: Sequence[Receiver] = (), *, mask: TextMask | None = None) -> Self:
        """Start to write to this file. If the file cannot be opened, the call continues, and the journal tries to open
        the file again later.

        With a `mask`, personal data is masked before it is written. Use such a `Journal` for one call only.
        """
        journal = cls(path, receivers, mask=mask)
        journal._thread.start()
        return journal

    @property
    def lost(self) -> int:
        """The number of records that were lost and will never be on disk."""
        return self._backlog.lost

    def append(self, record: Record) -> None:
        """Add this record to the queue; never blocks, never raises."""
        if self._closed or self._queue.qsize() >= KEEP:
            self._backlog.refuse(closed=self._closed)
            return
        self._queue.put(record)

    async def flushed(self, timeout: float = 2.0) -> bool:  # noqa: ASYNC109  # after the timeout the result is False
        """Wait until all appended records are on disk. Returns False if the timeout passes, if a write fails, or if a
        record is lost.
        """
        if self._closed:
            return not self._backlog.rows and not self.lost
        mark = Mark.here()
        self._queue.put(mark)
        try:
            async with asyncio.timeout(timeout):
                return await mark.future
        except TimeoutError:
            log.error("the journal does not answer", extra={"path": str(self._path), "seconds": timeout})
            return False

    async def redact(self, call: str, before: int) -> bool:
        """Redact those records of this call whose number is below `before`.

        Waits until no byte of the speech is left in the files, and then returns True. A process that reads the journal
        delays this. Returns False if the journal is closed earlier; the next process that opens the file then completes
        the redaction.
        """
        if self._closed:
            return False
        mark = Mark.here()
        self._queue.put(Redaction(call, before, mark))
        return await mark.future

    def close(self, timeout: float = 2.0) -> bool:
        """Write the remaining records and stop; blocks at most `timeout` seconds. Returns True if no record remains
        to be written.
        """
        if not self._closed:
            self._closed = True
            self._queue.put("stop")
        self._thread.join(timeout)
        return not self._thread.is_alive() and not self._backlog.rows

    def _run(self) -> None:
        store = Store(self._path, self._receivers)
        while not self._stopping:
            self._receive()
            if self._due():
                self._write(store)
            if not self._backlog.rows:
                self._erasure.run(store)
        self._erasure.stop(store)
        store.close()
        if self._backlog.rows:
            self._backlog.drop(len(self._backlog.rows))
            log.error("the journal was closed before all records were written", extra={"lost": self.lost})

    def _receive(self) -> None:
        """Wait until an item arrives or a retry is due. Then process the items in the queue, at most one batch."""
        wait = max(0.0, self._retry_at - time.monotonic()) if self._backlog.rows else self._erasure.retry_in
        try:
            self._process(self._queue.get(timeout=wait))
            for _ in range(BATCH):
                self._process(self._queue.get_nowait())
        except queue.Empty:
            return

    def _process(self, item: _Item) -> None:
        if isinstance(item, Mark):
            self._marks.append(item)
        elif isinstance(item, Record):
            if corrections := self._backlog.add(item):
                self._erasure.correct(corrections)
        elif isinstance(item, Redaction):
            self._erasure.request(item)
            self._backlog.forget()
        else:
            self._stopping = True

    def _due(self) -> bool:
        """Return True if a write is due. While writes fail, the next write is due after the retry delay.

        A write is due at once if no write has failed, if other code waits for the result, or if the journal closes.
        """
        immediate = self._marks or self._stopping or self._outage is None
        return bool(immediate) or time.monotonic() >= self._retry_at

    def _write(self, store: Store) -> None:
        try:
            new = store.write(list(self._backlog.rows)) if self._backlog.rows else 0
        except Exception:  # an error of the journal must not end a call
            if self._outage is None:
                extra = {"path": str(self._path), "waiting": len(self._backlog.rows)}
                log.exception(
                    "the journal cannot be written; the call continues, and the write is retried", extra=extra
                )
                self._outage = time.monotonic()
            self._retry_at = time.monotonic() + self._retry_in
            self._retry_in = min(2 * self._retry_in, RETRY_MOST)
            self._answer(safe=False)
        else:
            self._written(new)
            self._answer(safe=self.lost == self._lost_reported)

    def _written(self, new: int) -> None:
        existing = len(self._backlog.rows) - new
        if self._outage is not None:
            seconds = round(time.monotonic() - self._outage, 1)
            log.warning(
                "the journal can be written again", extra={"records": new, "seconds": seconds, "lost": self.lost}
            )
            self._outage = None
        elif existing:
            # This is not a retry after a failed commit, so another writer of the same call has written the existing
            # rows.
            self._backlog.drop(existing)
            log.error("records with a number that already exists are lost", extra={"lost": self.lost})
        self._backlog.rows.clear()
        self._retry_in = RETRY_FIRST

    def _answer(self, *, safe: bool) -> None:
        marks, self._marks = self._marks, []
        if marks:
            self._lost_reported = self.lost
        for mark in marks:
            mark.answer(safe=safe)
