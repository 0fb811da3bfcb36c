"""Prints a call while it runs: from the journal, or from the words that the caller hears and reads."""

import asyncio
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offhook.core.record import Record
    from offhook.testing import Caller

__all__ = ["CallPrinter"]

_POLL_INTERVAL = 0.1
_FOUND_WITHIN = 2.0
"""If the worker writes this journal, the call is in the journal within this many seconds after the agent has joined."""


class CallPrinter:
    """Prints the call in this room. When the call has ended, `records` contains the records of the whole call. Before
    the end, or if this journal does not contain the call, `records` is empty.
    """

    def __init__(self, journal: Path, room: str) -> None:
        self._journal, self._room = journal, room
        self.records: Sequence[Record] = ()

    @property
    def ended(self) -> Mapping[str, Any]:
        """The body of the `Ended` record; empty before the end, or if this journal lacks the call."""
        return next((one.body for one in self.records if one.name == "Ended"), {})

    async def run(self, caller: "Caller") -> None:
        """Print from the moment when an agent has joined until the end of the call."""
        await caller.until("an agent", lambda: caller.met_agent or None, timeout=3600)
        call, tries = self._find(), round(_FOUND_WITHIN / _POLL_INTERVAL)
        for _ in range(tries if call is None else 0):
            await asyncio.sleep(_POLL_INTERVAL)  # the journal file sends no event when it changes
            if (call := self._find()) is not None:
                break
        if call is None:
            await self._print_heard(caller)
        else:
            await self._print_journal(call)

    def _find(self) -> str | None:
        from offhook.core.errors import JournalError
        from offhook.journal.reader import Reader

        try:
            with Reader(self._journal) as reader:
                return next((one.call for one in reader.calls(limit=20) if one.room == self._room), None)
        except JournalError:  # the journal need not exist: the worker may write to another one
            return None

    async def _print_journal(self, call: str) -> None:
        from offhook.journal.reader import Reader
        from offhook.reports.render import render
        from offhook.reports.timeline import follow

        print(f"call {call}   room {self._room}\n", flush=True)
        width = min(shutil.get_terminal_size().columns, 140)
        with Reader(self._journal) as reader:
            for rows in follow(reader, call):
                print(render(rows, width, color=sys.stdout.isatty()), end="", flush=True)
                await asyncio.sleep(0 if rows else _POLL_INTERVAL)
            self.records = reader.records(call)

    async def _print_heard(self, caller: "Caller") -> None:
        """Print what the caller does, hears and reads."""
        from offhook.reports.render import clean
        from offhook.testing.live.timeline import format_line

        print(f"room {self._room}: no journal of this call here; this is what the caller hears and reads\n", flush=True)
        shown: set[object] = set()
        while True:
            over = caller.left.is_set()
            for one in sorted(caller.settled(), key=lambda one: one.at):
                if (key := (one.who, round(one.at, 3))) not in shown:
                    shown.add(key)
                    print(clean(format_line(one.at - caller.joined_at, one.who, one.text)), flush=True)
            if over:
                return
            await asyncio.sleep(_POLL_INTERVAL)
