"""The journal of a simulated call: keeps the records in memory instead of a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from offhook.core.record import Record
from offhook.journal.redact import redacted_row
from offhook.journal.rows import record_of, row_of

__all__ = ["InMemoryJournal"]


class InMemoryJournal:
    """Has the methods of `Journal`. Records are converted to rows and back, as in a journal file."""

    lost = 0

    def __init__(self, on_record: Callable[[Record], None]) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._on_record = on_record
        self.opened = False

    def open(self, path: Path) -> Self:  # noqa: ARG002  # Journal's signature
        """Return this journal in place of the one that the agent opens."""
        self.opened = True
        return self

    def append(self, record: Record) -> None:
        self._rows.append(row_of(record))
        self._on_record(record)

    async def flushed(self, timeout: float = 2.0) -> bool:  # noqa: ASYNC109, ARG002  # Journal's signature
        return True

    async def redact(self, call: str, before: int) -> bool:  # noqa: ARG002  # Journal's signature
        for at, row in enumerate(self._rows):
            if row[1] < before:
                self._rows[at] = (*row[:6], redacted_row(row[5], row[6]), *row[7:])
        return True

    def close(self, timeout: float = 2.0) -> bool:  # noqa: ARG002  # Journal's signature
        return True

    @property
    def records(self) -> list[Record]:
        return [record_of(row) for row in self._rows]
