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
"""The number of uploads at the same time."""
_AGAIN: Final = 60.0
"""After a failure, a step is tried again after this many seconds."""
_SETTLES: Final = 60.0
"""A file that was written less than this many seconds ago may belong to a call that is not finished."""
_BACK: Final = 7 * 86_400.0
"""Without a bucket, a starting worker checks only files that were written at most this many seconds ago (7 days),
because all recordings stay in the folder.
"""
_LAST: Final = 5.0
"""Maximum seconds to store the last recordings when the worker stops. The next start stores the rest."""

Add = Callable[[Sequence[Record]], None]


@contextlib.asynccontextmanager
async def storing(settings: Settings) -> AsyncIterator[Add]:
    """Store recordings while the block runs: recordings of earlier runs, and the recording of each call that is added.

    Yields the function that adds a finished call, by its records, from any thread. Raises `SettingsError` if the
    bucket cannot be used with this installation.
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
        """Find the files that an earlier worker left. An upload that was given up is tried again."""
        folder, now = settings.recordings_folder, time.time()
        with contextlib.suppress(OSError):  # there is no folder yet
            for file in folder.glob("*.ogg"):
                written = file.stat().st_mtime
                if settings.recordings_url is None and written < now - _BACK:
                    continue
                self._due[file.stem] = written + _SETTLES if written > now - _SETTLES else 0.0
                self._again.add(file.stem)

    def add(self, records: Sequence[Record]) -> None:
        """Add a finished call; call this from any thread."""
        if any(record.name == "RecordingStarted" for record in records):
            with contextlib.suppress(RuntimeError):  # the loop is closed; the next start finds the file
                self._loop.call_soon_threadsafe(self._put, records[0].call, 0.0)

    def _put(self, call: str, due: float) -> None:
        self._due[call] = due
        self._changed.set()

    async def run(self) -> None:
        """Take each step when it is due, until cancelled."""
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
        except Exception:  # recordings must not stop the worker
            log.exception("a recording could not be stored; the worker tries again", extra={"call": call})
        finally:
            del self._running[call]
            if due is not None:
                self._due.setdefault(call, due)
            self._changed.set()
