"""Writes the journal of a call without ever holding the call up: a queue, and one thread that owns the file."""

import asyncio
import logging
import queue
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from offhook.core.record import Record
from offhook.journal.rows import row_of
from offhook.journal.store import Store

__all__ = ["Journal"]

log = logging.getLogger(__name__)

KEEP: Final = 10_000
"""Records kept in memory while the disk is full or away; after that the oldest go."""
BATCH: Final = 2_000
RETRY_FIRST: Final = 0.1
RETRY_MOST: Final = 5.0


@dataclass(frozen=True, slots=True)
class _Mark:
    """Somebody waits until all that was appended before this is on disk."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[bool]

    def answer(self, *, safe: bool) -> None:
        try:
            self.loop.call_soon_threadsafe(self._resolve, safe)
        except RuntimeError:
            log.info("the loop that asked for the journal is closed")

    def _resolve(self, safe: bool) -> None:
        if not self.future.done():
            self.future.set_result(safe)


class Journal:
    """A `Recorder` on disk. A disk that is full, slow or away costs the call nothing; what waits is written later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[Record | _Mark | Literal["stop"]] = queue.SimpleQueue()
        self._pending: deque[tuple[Any, ...]] = deque()
        self._marks: list[_Mark] = []
        self._closed = self._stopping = False
        self._refused = self._dropped = self._lost_told = 0
        self._outage: float | None = None
        self._retry_in = RETRY_FIRST
        self._retry_at = 0.0
        self._thread = threading.Thread(target=self._run, name="offhook-journal", daemon=True)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Start writing to this file. A file that cannot be opened is said loudly and tried again; the call goes on."""
        journal = cls(path)
        journal._thread.start()
        return journal

    @property
    def lost(self) -> int:
        """How many records never reached the disk and never will."""
        return self._refused + self._dropped

    def append(self, record: Record) -> None:
        """Keep this record; never blocks, never raises."""
        if self._closed or self._queue.qsize() >= KEEP:
            if self._refused % KEEP == 0:
                log.error("records of a call are lost", extra={"closed": self._closed, "lost": self.lost + 1})
            self._refused += 1
            return
        self._queue.put(record)

    async def safe(self, timeout: float = 2.0) -> bool:  # noqa: ASYNC109  # at the deadline the answer is False
        """Wait until all that was appended is on disk; False: it is not yet, or something before it was lost."""
        if self._closed:
            return not self._pending and not self.lost
        loop = asyncio.get_running_loop()
        mark = _Mark(loop, loop.create_future())
        self._queue.put(mark)
        try:
            async with asyncio.timeout(timeout):
                return await mark.future
        except TimeoutError:
            log.error("the journal does not answer", extra={"path": str(self._path), "seconds": timeout})
            return False

    def close(self, timeout: float = 2.0) -> bool:
        """Write what is left and stop; blocks at most `timeout` seconds. True: nothing was left unwritten."""
        if not self._closed:
            self._closed = True
            self._queue.put("stop")
        self._thread.join(timeout)
        return not self._thread.is_alive() and not self._pending

    def _run(self) -> None:
        store = Store(self._path)
        while not self._stopping:
            self._take()
            if self._due():
                self._write(store)
        store.close()
        if self._pending:
            self._dropped += len(self._pending)
            log.error("the journal was closed with records unwritten", extra={"lost": self.lost})

    def _take(self) -> None:
        """Wait for something to do, and take all of it."""
        wait = max(0.0, self._retry_at - time.monotonic()) if self._pending else None
        try:
            self._sort(self._queue.get(timeout=wait))
            for _ in range(BATCH):
                self._sort(self._queue.get_nowait())
        except queue.Empty:
            return

    def _sort(self, item: Record | _Mark | Literal["stop"]) -> None:
        if isinstance(item, _Mark):
            self._marks.append(item)
        elif isinstance(item, Record):
            self._keep(item)
        else:
            self._stopping = True

    def _keep(self, record: Record) -> None:
        try:
            self._pending.append(row_of(record))
        except Exception:  # a sink must not kill a call
            self._dropped += 1
            log.exception("a record cannot be stored", extra={"record": record.name, "lost": self.lost})
        if len(self._pending) > KEEP:
            self._pending.popleft()
            self._dropped += 1
            if self._dropped % KEEP == 1:
                log.error("records of a call are lost", extra={"path": str(self._path), "lost": self.lost})

    def _due(self) -> bool:
        """Whoever waits for an answer gets a try at once; otherwise a failing disk is left alone for a while."""
        hurry = self._marks or self._stopping or self._outage is None
        return bool(hurry) or time.monotonic() >= self._retry_at

    def _write(self, store: Store) -> None:
        try:
            new = store.write(list(self._pending)) if self._pending else 0
        except Exception:  # a sink must not kill a call
            if self._outage is None:
                extra = {"path": str(self._path), "waiting": len(self._pending)}
                log.exception("the journal cannot be written; the call goes on, and it is tried again", extra=extra)
                self._outage = time.monotonic()
            self._retry_at = time.monotonic() + self._retry_in
            self._retry_in = min(2 * self._retry_in, RETRY_MOST)
            self._answer(safe=False)
        else:
            self._written(new)
            self._answer(safe=self.lost == self._lost_told)

    def _written(self, new: int) -> None:
        known = len(self._pending) - new
        if self._outage is not None:
            seconds = round(time.monotonic() - self._outage, 1)
            log.warning("the journal is written again", extra={"records": new, "seconds": seconds, "lost": self.lost})
            self._outage = None
        elif known:
            # After a failed commit the rows may be there already; without one, two writers number the same call.
            self._dropped += known
            log.error("records with a number that was taken are lost", extra={"lost": self.lost})
        self._pending.clear()
        self._retry_in = RETRY_FIRST

    def _answer(self, *, safe: bool) -> None:
        marks, self._marks = self._marks, []
        if marks:
            self._lost_told = self.lost
        for mark in marks:
            mark.answer(safe=safe)
