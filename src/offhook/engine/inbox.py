"""The inbox: each posted fact goes to the journal, into the queue of the supervisor, and to the sinks."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from offhook.core.facts import ActionFailed, Fact
from offhook.core.ports import Sink
from offhook.engine.recording import Recording

__all__ = ["EARLY", "Inbox", "Posted", "next_item"]

log = logging.getLogger("offhook")

T = TypeVar("T")

EARLY = 0.002
"""Seconds of busy waiting before each deadline.

A thread that sleeps until the deadline wakes up late, because epoll counts whole milliseconds. On a busy core, the
thread also waits for its time slice. A larger value is worse: a thread that runs longer than a time slice (about 3 ms
on Linux) loses the core just before the deadline.
"""


@dataclass(frozen=True, slots=True)
class Posted:
    """A fact and the number of its record in the journal. A `Tick` has no number, because it is recorded only if it
    leads to a decision.
    """

    fact: Fact
    seq: int | None = None


class Inbox:
    """The facts of one call, in the order in which they were posted."""

    def __init__(self, records: Recording) -> None:
        self.sinks: list[Sink] = []
        self._records = records
        self._queue: asyncio.Queue[Posted] = asyncio.Queue()
        self._closed = False
        self._stopped = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def post(self, fact: Fact, *, cause: int | None = None) -> None:
        """Post a fact, from any thread. This method does not wait and does not raise.

        The journal records each fact until `close` is called, even if no policy handles the fact any more.
        """
        if threading.get_ident() == self._thread:
            self._take(fact, cause)
            return
        with suppress(RuntimeError):  # the loop is closed, because the call is over
            self._loop.call_soon_threadsafe(self._take, fact, cause)

    async def post_flushed(self, fact: Fact) -> bool:
        """Write a fact to the journal on disk, then post the fact. If the call is over, return False; then no policy
        handles the fact.

        If writing fails, an error is logged and the fact is posted anyway.
        """
        if self._stopped.is_set():
            return False
        seq = self._records.add(fact)
        await self._records.flushed()
        if self._stopped.is_set():
            return False
        self._hand_on(Posted(fact, seq))
        return True

    def stop(self) -> Sequence[Posted]:
        """From now on, let `post_flushed` refuse all facts. Return the facts that no policy has handled."""
        self._stopped.set()
        left = list[Posted]()
        while not self._queue.empty():
            left.append(self._queue.get_nowait())
        return left

    def close(self) -> None:
        """Ignore later facts. Call this method after the last fact of the call, before the journal closes."""
        self._closed = True

    async def next(self, *, until: float | None) -> Posted | None:
        """Return the next fact, or None if `until` is reached first."""
        return await next_item(self._queue, until=until)

    def _take(self, fact: Fact, cause: int | None) -> None:
        if not self._closed:
            self._hand_on(Posted(fact, self._records.add(fact, cause=cause)))

    def _hand_on(self, posted: Posted) -> None:
        self._queue.put_nowait(posted)
        for sink in self.sinks:
            try:
                sink.notice(posted.fact)
            except Exception as error:  # an error of a sink must stop neither the call nor the code that posts
                name = type(posted.fact).__name__
                log.exception("a sink raised; the call continues", extra={"fact": name})
                # The failure is recorded and not posted, because the same sink would raise again.
                failed = ActionFailed(f"{type(sink).__name__} on {name}", repr(error)[:500])
                self._records.add(failed, cause=posted.seq)


async def next_item(queue: asyncio.Queue[T], *, until: float | None) -> T | None:
    """Return the next item of the queue, or None if `until` (on the loop's clock) is reached first."""
    loop = asyncio.get_running_loop()
    if until is None or not queue.empty():
        return await queue.get()
    # Two readings of a virtual clock (in tests) are equal, because the clock does not move while the loop runs code.
    # With such a clock, busy waiting would never end, and it is not needed, because no wake-up is late.
    early = EARLY if loop.time() < loop.time() else 0.0
    if loop.time() < until - early:
        try:
            async with asyncio.timeout_at(until - early):
                return await queue.get()
        except TimeoutError:
            pass
    while early and queue.empty() and loop.time() < until:  # noqa: ASYNC110  # an event would wake the thread late
        await asyncio.sleep(0)
    return None if queue.empty() else queue.get_nowait()
