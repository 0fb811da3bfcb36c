"""Sends the messages of the outbox: at least once, in order for each call, each receiver by itself."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from offhook.core.errors import JournalError
from offhook.core.webhooks import Receiver
from offhook.journal.outbox import Delivery, Outbox, Result
from offhook.journal.reader import Reader
from offhook.redaction.redactor import Redactor
from offhook.webhooks.payload import payload
from offhook.webhooks.post import TIMEOUT, Answer, open_session, post
from offhook.webhooks.schedule import after_failure

__all__ = ["AT_ONCE", "Sender"]

log = logging.getLogger("offhook")

T = TypeVar("T")

AT_ONCE: Final = 8
"""Requests to one receiver at the same time, each for another call."""
_FAILING: Final = 3
"""After this many batches in which every request failed, only one request is sent at a time."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Messages to send, each with its body. Messages that have no body any more are already in `results`."""

    ready: Sequence[tuple[Delivery, str]]
    results: Sequence[Result]


class Sender:
    """Sends the webhooks of the calls in this journal. All access to the file is in one thread of its own."""

    def __init__(
        self,
        path: Path,
        receivers: Sequence[Receiver],
        redactor: Redactor,
        *,
        private: bool = False,
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
        timeout: float = TIMEOUT,
    ) -> None:
        self.receivers = receivers
        self._path = path
        self._redactor = redactor
        self._private = private
        self._clock = clock
        self._jitter = jitter
        self._session = open_session(private=private, timeout=timeout)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="offhook-outbox")
        self._outbox: Outbox | None = None
        self._reader: Reader | None = None
        self._failed = dict.fromkeys((one.name for one in receivers), 0)

    async def deliver(self, receiver: Receiver) -> int:
        """Send all messages of this receiver that are due. Return the number of messages that it accepted.

        Raises `JournalError` if the journal cannot be read or written.
        """
        accepted = 0
        while sent := await self._deliver_batch(receiver):
            accepted += sum(one.state == "delivered" for one in sent)
        return accepted

    async def tidy(self) -> None:
        """Delete old delivered messages from the outbox."""
        await self._in_thread(lambda: self._open().forget_delivered(self._clock()))

    async def close(self) -> None:
        """Close the connections. A message whose request is running is sent again later."""
        await self._session.close()
        await self._in_thread(self._close_files)
        self._thread.shutdown(wait=False)

    async def _deliver_batch(self, receiver: Receiver) -> Sequence[Result]:
        limit = 1 if self._failed[receiver.name] >= _FAILING else AT_ONCE
        batch = await self._in_thread(lambda: self._next_batch(receiver, limit))
        results = list(await asyncio.gather(*(self._send(receiver, one, body) for one, body in batch.ready)))
        if results:
            reached = any(one.state == "delivered" for one in results)
            self._failed[receiver.name] = 0 if reached else self._failed[receiver.name] + 1
        every = [*batch.results, *results]
        if every:
            await self._in_thread(lambda: self._open().record(every))
        return every

    def _next_batch(self, receiver: Receiver, limit: int) -> _Batch:
        ready: list[tuple[Delivery, str]] = []
        results: list[Result] = []
        for one in self._open().due(receiver.name, self._clock(), limit):
            try:
                ready.append((one, payload(self._read(), one, receiver, self._redactor)))
            except JournalError:
                raise
            except Exception as error:  # a damaged record must not stop the messages of the other calls
                log.exception("a webhook cannot be made from the journal", extra={"call": one.call, "event": one.event})
                results.append(Result(one, "dead", self._clock(), f"cannot be made: {type(error).__name__}"))
        return _Batch(ready, results)

    async def _send(self, receiver: Receiver, one: Delivery, body: str) -> Result:
        answer = await post(self._session, receiver, one.id, body, now=self._clock(), private=self._private)
        now = self._clock()
        if not answer.error:
            return Result(one, "delivered", now)
        result = self._after(one, answer, now)
        extra = {"receiver": receiver.name, "event": one.event, "call": one.call, "error": answer.error}
        if result.state == "dead":
            log.error("a webhook was given up; send it again with: offhook webhooks retry", extra=extra)
        elif one.attempts == 0:
            log.warning("a webhook was not accepted; it is sent again later", extra=extra)
        return result

    def _after(self, one: Delivery, answer: Answer, now: float) -> Result:
        if answer.gone:
            return Result(one, "dead", now, answer.error)
        return after_failure(one, answer.error, now=now, jitter=self._jitter(), retry_after=answer.retry_after)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> Outbox:
        if self._outbox is None:
            self._outbox = Outbox(self._path)
        return self._outbox

    def _read(self) -> Reader:
        if self._reader is None:
            self._reader = Reader(self._path)
        return self._reader

    def _close_files(self) -> None:
        outbox, reader = self._outbox, self._reader
        self._outbox = self._reader = None
        if outbox is not None:
            outbox.close()
        if reader is not None:
            reader.close()
