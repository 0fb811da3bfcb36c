"""When this worker starts, settles the calls whose end an earlier worker did not record: writes the end to the journal,
and cleans up the room.

If a worker is killed, its job processes hang up by themselves and exit. Then no process is left to record the end of
these calls.
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
"""Seconds to wait for the end of the job processes of a killed worker. They exit within 5 s."""
_POLL_INTERVAL = 1.0
_LAUNCH = 15.0
"""A job process locks its call within this many seconds after the call was accepted."""
_MARKED = "resumes"
"""A field of `JobAccepted`. If a record has no such field, it was written by an old version of offhook, whose job
processes do not lock their calls.
"""


class Recovery:
    """Searches the journal once for calls without an end. Skips a call that still runs in another worker's process."""

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
            return  # the worker has logged this error at its start
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
        """Settle the call and return True. If its process may still run, do nothing and return False. An error in one
        call does not affect the other calls.
        """
        if not lost.joined and time.time() < lost.since + _LAUNCH:
            return False  # another worker may have just accepted the call
        if not self._held.hold(lost.call):
            return False
        try:
            if await asyncio.to_thread(self._open, lost.call):
                await self._finish(lost)
        except Exception:  # the other calls must still be settled
            log.exception("a call of an earlier worker cannot be settled", extra={"call": lost.call})
        return True

    def _open(self, call: str) -> bool:
        """True if the journal still has no end of the call. The call's process may have recorded the end meanwhile."""
        with Reader(self._path) as reader:
            return not reader.records(call, names=("Ended",))


def _lost(records: Sequence[Record]) -> LostCall | None:
    """Return the call, or None if the journal names no room. Also return None if an old version of offhook wrote the
    records, because the call may then still run without a lock.
    """
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
