"""The journal of a simulated call: the same records, in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from offhook.core.record import Record
from offhook.journal.rows import record_of, row_of

__all__ = ["Notebook"]


class Notebook:
    """Takes the place of `Journal`, with its methods; what it gives back went through the same rows."""

    lost = 0

    def __init__(self, told: Callable[[Record], None]) -> None:
        self._rows: list[tuple[Any, ...]] = []
        self._told = told
        self.opened = False

    def open(self, path: Path) -> Self:  # noqa: ARG002  # Journal's signature
        """Be the journal that an agent opens."""
        self.opened = True
        return self

    def append(self, record: Record) -> None:
        self._rows.append(row_of(record))
        self._told(record)

    async def safe(self, timeout: float = 2.0) -> bool:  # noqa: ASYNC109, ARG002  # Journal's signature
        return True

    def close(self, timeout: float = 2.0) -> bool:  # noqa: ARG002  # Journal's signature
        return True

    @property
    def records(self) -> list[Record]:
        return [record_of(row) for row in self._rows]
