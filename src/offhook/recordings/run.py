"""Stores the recordings of finished calls while the worker runs."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from offhook.core.errors import JournalError
from offhook.core.record import Record
from offhook.recordings.bucket import Bucket
from offhook.recordings.keeper import Keeper
from offhook.settings import Settings

__all__ = ["storing"]

log = logging.getLogger("offhook")

_AT_ONCE: Final = 2
"""The maximum number of recordings that are uploaded at the same time."""
_AGAIN: Final = 60.0
"""Seconds until a step that raised an error is tried again."""
_SETTLES: Final = 60.0
"""A file that was written less than this many seconds ago may belong to a call that is not finished."""
_BACK: Final = 7 * 86_400.0
"""Without a bucket, all recordings stay in the folder. Therefore a starting worker checks only the files that were
written in the last 7 days.
"""
_LAST: Final = 5.0
"""When the worker stops, it stores recordings for at most this many seconds. The worker stores the rest at its next
start.
"""

Add = Callable[[Sequence[Record]], None]


@contextlib.asynccontextmanager
async def storing(settings: Settings) -> AsyncIterator[Add]:
    """Store recordings while the `with` block runs: the recordings that earlier workers left, and the recordings of the
    calls that are added.

    Yields a function that adds a finished call, given the call's records. Any thread may call this function. Raises
    `SettingsError` if obstore is not installed, or if the bucket's URL is wrong.
    """
    bucket = Bucket(settings.recordings_url) if settings.recordings_url else None
    shelf = _Shelf(Keeper(settings, bucket))
    await asyncio.to_thread(shelf.find_left, settings)
    task = asyncio.create_task(shelf.run(), name="offhook recordings")
    try:
        yield shelf.add
    finally:
        await shelf.stop(task)


class _Shelf:
    """The calls whose recordings are not stored yet, each with the time of its next step."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._due: dict[str, float] = {}
        self._again: set[str] = set()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="offhook-recordings")
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def find_left(self, settings: Settings) -> None:
        """Add the calls whose recording files an earlier worker left. If the earlier worker gave up an upload, the
        upload is tried again.
        """
        folder, now = settings.recordings_folder, time.time()
        with contextlib.suppress(OSError):  # the folder or a file may not exist
            for file in folder.glob("*.ogg"):
                written = file.stat().st_mtime
                if settings.recordings_url is None and written < now - _BACK:
                    continue
                self._due[file.stem] = written + _SETTLES if written > now - _SETTLES else 0.0
                self._again.add(file.stem)

    def add(self, records: Sequence[Record]) -> None:
        """Add a finished call. Any thread may use this method."""
        if any(record.name == "RecordingStarted" for record in records):
            with contextlib.suppress(RuntimeError):  # the event loop is closed; the next worker finds the file
                self._loop.call_soon_threadsafe(self._put, records[0].call, 0.0)

    def _put(self, call: str, due: float) -> None:
        self._due[call] = due
        self._changed.set()

    async def run(self) -> None:
        """Start each step when it is due, until this task is cancelled."""
        while True:
            self._changed.clear()
            now = time.time()
            for call in [one for one, due in self._due.items() if due <= now and one not in self._running]:
                del self._due[call]
                self._running[call] = asyncio.create_task(self._step(call), name=f"offhook recording {call}")
            waits = [due - now for call, due in self._due.items() if call not in self._running]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(waits)) if waits else None):
                    await self._changed.wait()

    async def stop(self, run: "asyncio.Task[None]") -> None:
        """Take the steps that are due, for at most 5 seconds. Then stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST):
                await asyncio.sleep(0)  # lets the loop run `_put` for the calls that other threads added
                while self._running or any(due <= time.time() for due in self._due.values()):
                    self._changed.set()
                    await asyncio.sleep(0)
                    if self._running:
                        await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _step(self, call: str) -> None:
        due: float | None = time.time() + _AGAIN
        try:
            again = call in self._again
            due = await self._loop.run_in_executor(self._threads, lambda: self._keeper.keep(call, again=again))
            self._again.discard(call)
        except (JournalError, OSError) as error:
            log.error("a recording waits: the journal cannot be used", extra={"call": call, "error": str(error)})
        except Exception:  # an error with a recording must not stop the worker
            log.exception("a recording could not be stored; the worker tries again", extra={"call": call})
        finally:
            del self._running[call]
            if due is not None:
                self._due.setdefault(call, due)
            self._changed.set()
