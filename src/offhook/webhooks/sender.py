"""Sends the webhook messages of the outbox to each receiver, at least once, and in the right order for each call."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from offhook.core.errors import JournalError
from offhook.core.webhooks import Receiver
from offhook.journal.identity import file_identity
from offhook.journal.outbox import Delivery, Outbox, Result
from offhook.journal.reader import Reader
from offhook.redaction.redactor import Redactor
from offhook.webhooks.health import ReceiverHealth
from offhook.webhooks.payload import payload
from offhook.webhooks.post import TIMEOUT, Answer, open_session, post
from offhook.webhooks.schedule import after_failure

__all__ = ["Sender"]

log = logging.getLogger("offhook")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Batch:
    """`ready`: messages to send, each with its body. `results`: a result for each message whose body cannot be made."""

    ready: Sequence[tuple[Delivery, str]]
    results: Sequence[Result]


class Sender:
    """Sends the webhooks of the calls in this journal. One separate thread reads and writes the journal file."""

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
        self._file: tuple[int, int] | None = None
        self._health = {one.name: ReceiverHealth() for one in receivers}

    async def deliver(self, receiver: Receiver) -> int:
        """Send all messages that are due for this receiver. Return the number of messages that the receiver accepted.

        Raises `JournalError` if the journal cannot be read or written.
        """
        accepted = 0
        while sent := await self._deliver_batch(receiver):
            accepted += sum(one.state == "delivered" for one in sent)
        return accepted

    async def tidy(self) -> None:
        """Delete old delivered messages from the outbox. Give up old messages for receivers that are not in the
        settings.
        """
        names = [one.name for one in self.receivers]
        if given_up := await self._in_thread(lambda: self._open().tidy(self._clock(), names)):
            log.error("webhooks for receivers that are not in the settings were given up", extra={"messages": given_up})

    async def close(self) -> None:
        """Close the connections. A message whose request is still running is sent again after the next start."""
        await self._session.close()
        await self._in_thread(self._close_files)
        self._thread.shutdown(wait=False)

    async def _deliver_batch(self, receiver: Receiver) -> Sequence[Result]:
        health = self._health[receiver.name]
        if not (limit := health.limit(self._clock())):
            return ()
        batch = await self._in_thread(lambda: self._next_batch(receiver, limit))
        answers = await asyncio.gather(*(self._send(receiver, one, body) for one, body in batch.ready))
        sent = [self._result(one, answer) for (one, _), answer in zip(batch.ready, answers, strict=True)]
        every = [*batch.results, *sent]
        if every:
            await self._in_thread(lambda: self._open().record(every))
        if sent:
            self._log(receiver, health, sent)
            if health.recovered(answers, self._clock()):
                await self._in_thread(lambda: self._open().hurry(receiver.name, self._clock()))
        return every

    def _next_batch(self, receiver: Receiver, limit: int) -> _Batch:
        ready: list[tuple[Delivery, str]] = []
        results: list[Result] = []
        self._reopen_if_moved()
        for one in self._open().due(receiver.name, self._clock(), limit):
            try:
                ready.append((one, payload(self._read(), one, receiver, self._redactor)))
            except JournalError:
                raise
            except Exception as error:  # a damaged record must not stop the messages of the other calls
                log.exception("a webhook cannot be made from the journal", extra={"call": one.call, "event": one.event})
                results.append(Result(one, "dead", self._clock(), f"cannot be made: {type(error).__name__}"))
        return _Batch(ready, results)

    async def _send(self, receiver: Receiver, one: Delivery, body: str) -> Answer:
        return await post(self._session, receiver, one.id, body, now=self._clock(), private=self._private)

    def _result(self, one: Delivery, answer: Answer) -> Result:
        now = self._clock()
        if not answer.error:
            return Result(one, "delivered", now)
        if answer.gone:
            return Result(one, "dead", now, answer.error)
        return after_failure(one, answer.error, now=now, jitter=self._jitter(), retry_after=answer.retry_after)

    def _log(self, receiver: Receiver, health: ReceiverHealth, sent: Sequence[Result]) -> None:
        """Log each message that is given up. Log other failures only once until the receiver accepts a message."""
        for one in sent:
            extra = {"receiver": receiver.name, "event": one.delivery.event, "call": one.delivery.call}
            if one.state == "dead":
                log.error(
                    "a webhook was given up; send it again with: offhook webhooks retry",
                    extra={**extra, "error": one.error},
                )
            elif one.error and not health.failing:
                health.failing = True
                log.warning("a webhook was not accepted; it is sent again later", extra={**extra, "error": one.error})

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _reopen_if_moved(self) -> None:
        """If the journal file was moved or deleted, close the outbox and reader, because calls then write to a new
        file.
        """
        if self._outbox is not None and self._file != file_identity(self._path):
            self._close_files()

    def _open(self) -> Outbox:
        if self._outbox is None:
            self._outbox = Outbox(self._path)
            self._file = file_identity(self._path)
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
