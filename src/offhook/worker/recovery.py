"""When this worker starts, settles the calls that an earlier worker left without an end.

If a worker is killed, its jobs hang up by themselves and exit. No process is left to record the end of their calls.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from offhook.core.errors import JournalError
from offhook.core.record import Record
from offhook.journal.reader import Reader
from offhook.journal.running import RunningCalls
from offhook.room.settlement import LostCall

__all__ = ["Recovery"]

log = logging.getLogger("offhook")

_BACK = 7 * 86_400.0
"""Only calls that started at most this many seconds ago (7 days) are settled."""
_WAIT = 30.0
"""Seconds to wait for the job process of a killed worker. The process exits within 5 s."""
_POLL_INTERVAL = 1.0
_LAUNCH = 15.0
"""Seconds after which a job process has surely locked its call."""
_MARKED = "resumes"
"""A field of `JobAccepted` in the journals of versions whose job processes lock their call."""


class Recovery:
    """Searches once for calls without an end. A call that still runs in another worker's process is skipped."""

    def __init__(self, journal: Path, finish: Callable[[LostCall], Awaitable[None]]) -> None:
        self._path = journal
        self._finish = finish
        self._held = RunningCalls(journal)
        self._began = time.time()

    def close(self) -> None:
        self._held.close()

    async def run(self) -> None:
        """Settle each call as soon as its process has ended."""
        try:
            left = await asyncio.to_thread(self._find)
        except JournalError:
            return  # the worker has logged the error
        for _ in range(int(_WAIT / _POLL_INTERVAL)):
            left = [lost for lost in left if not await self._settled(lost)]
            if not left:
                return
            await asyncio.sleep(_POLL_INTERVAL)
        log.info("calls without an end belong to other workers", extra={"calls": len(left)})

    def _find(self) -> Sequence[LostCall]:
        with Reader(self._path) as reader:
            calls = reader.open_calls(self._began - _BACK, self._began)
            found = (_lost(reader.readable(call)) for call in calls)
            return [lost for lost in found if lost is not None]

    async def _settled(self, lost: LostCall) -> bool:
        """Settle the call, unless its process runs. A call that fails does not delay the other calls."""
        if not lost.joined and time.time() < lost.since + _LAUNCH:
            return False  # maybe another worker has just accepted the call
        if not self._held.hold(lost.call):
            return False
        try:
            if await asyncio.to_thread(self._open, lost.call):
                await self._finish(lost)
        except Exception:  # the other calls must still be settled
            log.exception("a call of an earlier worker cannot be settled", extra={"call": lost.call})
        return True

    def _open(self, call: str) -> bool:
        """True if the call still has no end: its process may have finished the call in the meantime."""
        with Reader(self._path) as reader:
            return not reader.records(call, names=("Ended",))


def _lost(records: Sequence[Record]) -> LostCall | None:
    """Return the call; None if the call has no room, or is of an older version and may run without a lock."""
    bodies = {record.name: record.body for record in reversed(records)}
    accepted, connected = bodies.get("JobAccepted", {}), bodies.get("Connected", {})
    room = str(accepted.get("room") or connected.get("room") or "")
    if not room or _MARKED not in accepted:
        return None
    call = records[0].call
    return LostCall(
        call,
        room,
        str(connected.get("identity") or f"agent-{call}"),
        str(connected.get("agent") or accepted.get("agent") or ""),
        since=records[-1].at,
        joined=bool(connected),
        resumes=str(accepted.get("resumes") or ""),
    )
