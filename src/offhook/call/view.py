"""Answers queries about a running call: its state, its records, and the results of commands."""

import asyncio
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from offhook.call.state import CallState
from offhook.core.commands.base import MAX_WAIT
from offhook.core.errors import JournalError
from offhook.core.facts import CallerLeft, CommandResult, Ended, EndRequested, Fact, HangUpDone, MessageCommitted
from offhook.core.ports import Recorder
from offhook.core.record import Record
from offhook.core.speech import UNRECORDED
from offhook.journal.reader import Reader

__all__ = ["LiveView"]

PAGE = 12_000
"""Maximum bytes of records in one answer. LiveKit carries at most 15,360 bytes in one RPC."""
_LONGEST = 9_000
"""Maximum bytes of a record in an answer. A longer record is sent without its body; the complete record is in the
journal.
"""
_AT_ONCE = 200
"""Maximum number of records that are read for one answer, because more records would not fit."""
_ANSWER = 0.1
"""Maximum seconds that the hang-up waits until a client that follows the call gets the last records. If nobody is on
the phone, the maximum is `_PATIENT`.
"""
_SEND = 0.02
_PATIENT = 1.0
_GATHER = 0.25
"""Seconds to wait for more records after the first new record, so that one answer has a whole burst of records."""


class LiveView:
    """A `CallView` of one call. The view is a sink, so it gets every fact of the call."""

    def __init__(
        self,
        call: str,
        journal: Path,
        *,
        recorder: Recorder,
        clock: Callable[[], float],
        agent: str = "",
        hidden: Callable[[], bool] = lambda: False,
    ) -> None:
        """`hidden` returns True if the words in the latest fact are not written to the journal."""
        self._hidden = hidden
        self._call = call
        self._journal = journal
        self._recorder = recorder
        self._state = CallState(call, clock, agent)
        self._results: dict[str, list[dict[str, object]]] = {}
        self._news = asyncio.Event()
        self._over, self._ending = False, asyncio.Event()
        self._read_to, self._facts, self._read_facts = -1, 1, 0
        self._followed_at = -math.inf
        self._answered = asyncio.Event()
        self.followed = asyncio.Event()
        """Set when a client follows the call's records."""

    def notice(self, fact: Fact) -> None:
        if isinstance(fact, MessageCommitted) and self._hidden():
            fact = replace(fact, text=UNRECORDED)
        self._state.notice(fact)
        if isinstance(fact, CommandResult):
            result = {"status": fact.status, "detail": fact.detail, "final": fact.final}
            self._results.setdefault(fact.id, []).append(result)
        if isinstance(fact, EndRequested | CallerLeft):
            self._ending.set()
        self._over = self._over or isinstance(fact, HangUpDone | Ended)
        self._wake()

    def _wake(self) -> None:
        self._facts += 1
        news, self._news = self._news, asyncio.Event()
        news.set()

    def state(self) -> Mapping[str, object]:
        return self._state.plain()

    async def transcript(self, *, after: int) -> Mapping[str, object]:
        records = await self._records(after, names=("MessageCommitted",))
        lines = [
            {"seq": one.seq, "at": round(one.at, 3), "who": one.body["role"], "text": one.body["text"]}
            for one in records
        ]
        return _page("messages", [_cut(line) for line in lines], after)

    async def facts(self, *, after: int, wait: float) -> Mapping[str, object]:
        news = self._news  # stored before the reading, to notice facts that arrive during the reading
        records = await self._new_records(after)
        if wait > 0:
            self.followed.set()
            self._followed_at = asyncio.get_running_loop().time()
        if not records and wait > 0 and not self._over:
            if await _set(news, within=wait):
                await _set(self._ending, within=_GATHER)  # wait for more records, unless the call is ending
            records = await self._new_records(after)
        rows = [_plain(one) for one in records]
        self._answered.set()
        return {**_page("records", rows, after), "over": self._over}

    async def tell_followers(self, *, patient: bool = False) -> None:
        """Send the last records to the clients that follow the call, before the room is closed. Return at once if no
        client follows the call.

        `patient` is True if nobody is on the phone; the sending may then take longer.
        """
        if asyncio.get_running_loop().time() - self._followed_at > MAX_WAIT + _ANSWER:
            return
        self._answered.clear()
        self._wake()
        await _set(self._answered, within=_PATIENT if patient else _ANSWER)
        # LiveKit sends the answer after the query's handler has returned
        await asyncio.sleep(_ANSWER if patient else _SEND)

    async def results(self, command: str, *, after: int, wait: float) -> Mapping[str, object]:
        until = asyncio.get_running_loop().time() + wait
        while len(self._results.get(command, ())) <= after:
            left = until - asyncio.get_running_loop().time()
            if left <= 0 or not await _set(self._news, within=left):
                break
        return {"results": self._results.get(command, [])[after:], "over": self._over}

    async def _new_records(self, after: int) -> Sequence[Record]:
        """Return the records that follow the record with this number.

        If an earlier query has read all records up to this number, and no new fact has come, the journal is not read.
        LiveKit may cancel the reading at the sender's deadline. After a cancelled reading or an error, the next query
        reads the journal again.
        """
        if after >= self._read_to and self._read_facts == self._facts:
            return ()
        facts = self._facts  # taken before the reading, because the reading may miss a fact that arrives meanwhile
        flushed = await self._recorder.flushed()
        records = await asyncio.to_thread(self._read, after, ())
        self._read_to = max((one.seq for one in records or ()), default=max(after, self._read_to))
        if flushed and records is not None and len(records) < _AT_ONCE:
            self._read_facts = facts
        return records or ()

    async def _records(self, after: int, names: Sequence[str] = ()) -> Sequence[Record]:
        """Return the records that follow the record with this number. The records come from the journal on disk, in
        which redacted speech is already removed.
        """
        await self._recorder.flushed()
        return await asyncio.to_thread(self._read, after, names) or ()

    def _read(self, after: int, names: Sequence[str]) -> Sequence[Record] | None:
        """Return the records, or None if the journal cannot be read now."""
        try:
            with Reader(self._journal) as reader:
                return reader.records(self._call, after=after, names=names, limit=_AT_ONCE)
        except JournalError:  # there is no record of this call, or the disk is full; the log has the cause
            return None


async def _set(event: asyncio.Event, *, within: float) -> bool:
    """Wait for the event. Return False if the event is not set in time."""
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _plain(record: Record) -> dict[str, object]:
    plain: dict[str, object] = {
        "seq": record.seq,
        "at": round(record.at, 3),
        "elapsed": record.elapsed,
        "kind": record.kind,
        "name": record.name,
        "by": record.by,
        "cause": record.cause,
        "body": record.body,
    }
    return plain if _size(plain) <= _LONGEST else {**plain, "body": {"too_long": _size(plain)}}


def _cut(line: dict[str, object]) -> dict[str, object]:
    """Return a transcript line that fits into one answer. If the text is too long, the result has only the beginning of
    the text.
    """
    text = str(line["text"])
    while _size(line) > _LONGEST:
        text = text[: len(text) * 2 // 3]
        line = {**line, "text": f"{text}…"}
    return line


def _page(name: str, rows: Sequence[dict[str, object]], after: int) -> dict[str, object]:
    """Return the rows that fit into one answer. `next` is the record number after which the next query continues, and
    `more` is True if there are more rows.
    """
    page, size = list[dict[str, object]](), 0
    for row in rows:
        size += _size(row)
        if page and size > PAGE:
            break
        page.append(row)
    return {name: page, "next": page[-1]["seq"] if page else after, "more": len(page) < len(rows)}


def _size(row: Mapping[str, object]) -> int:
    return len(json.dumps(row, ensure_ascii=False).encode(errors="replace"))
