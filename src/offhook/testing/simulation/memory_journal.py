"""The journal of a simulated call: keeps the records in memory instead of a file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from offhook.core.record import Record
from offhook.core.webhooks import Receiver
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

    def open(self, path: Path, receivers: Sequence[Receiver] = (), *, mask: object = None) -> Self:  # noqa: ARG002  # Journal's signature
        """Return this journal in place of the journal that the agent opens.

        The first call of this method removes all earlier records, so that only the agent's records remain.
        """
        if not self.opened:
            self._rows.clear()
        self.opened = True
        return self

    @contextmanager
    def reader(self, path: Path) -> Iterator[Self]:  # noqa: ARG002  # the signature of `Reader`
        """Yield this journal in place of each `Reader` that offhook opens during the call."""
        yield self

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

    def records(self, call: str, after: int = -1, *, names: Sequence[str] = (), limit: int = -1) -> list[Record]:
        """Return the records that `Reader.records` would return. Other threads may call this method."""
        every = [record_of(row) for row in list(self._rows) if row[0] == call and row[1] > after]
        chosen = [one for one in every if not names or one.name in names]
        return chosen if limit < 0 else chosen[:limit]

    def calls_on_route(self, route: str, *, since: float) -> list[str]:  # noqa: ARG002  # `Reader.calls_on_route`
        """Return a list with the id of the only call in the simulation."""
        return list(dict.fromkeys(row[0] for row in self._rows))

    @property
    def all_records(self) -> list[Record]:
        return [record_of(row) for row in self._rows]
