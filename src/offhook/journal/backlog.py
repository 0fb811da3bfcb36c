"""The records of one process that are not in the journal's file yet, and the number of lost records."""

import logging
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from offhook.core.record import Record
from offhook.journal.masking import Correction, Masking, TextMask
from offhook.journal.rows import row_of

__all__ = ["KEEP", "Backlog"]

log = logging.getLogger(__name__)

KEEP: Final = 10_000
"""The maximum number of records in memory while the disk is full or missing. If there are more, the oldest record is
dropped.
"""


class Backlog:
    """The rows that are not on disk yet. Any thread may use `refuse` and `lost`; only the journal's thread may use
    the rest.
    """

    def __init__(self, path: Path, mask: TextMask | None) -> None:
        self.rows: deque[tuple[Any, ...]] = deque()
        self._path = path
        self._masking = None if mask is None else Masking(mask)
        self._refused = self._dropped = 0

    @property
    def lost(self) -> int:
        """The number of records that will never be on disk."""
        return self._refused + self._dropped

    def refuse(self, *, closed: bool) -> None:
        """Count a record that the journal refuses."""
        if self._refused % KEEP == 0:
            log.error("records of a call are lost", extra={"closed": closed, "lost": self.lost + 1})
        self._refused += 1

    def drop(self, count: int) -> None:
        """Count rows that will never be written."""
        self._dropped += count

    def add(self, record: Record) -> Sequence[Correction]:
        """Mask a record and add its row. Return the corrections of earlier records that become necessary because of the
        new text.
        """
        corrections: Sequence[Correction] = ()
        try:
            if self._masking is not None:
                record, corrections = self._masking.apply(record)
            self.rows.append(row_of(record))
        except Exception:  # an error of the journal must not end a call
            self._dropped += 1
            log.exception("a record cannot be stored", extra={"record": record.name, "lost": self.lost})
        if len(self.rows) > KEEP:
            self.rows.popleft()
            self._dropped += 1
            if self._dropped % KEEP == 1:
                log.error("records of a call are lost", extra={"path": str(self._path), "lost": self.lost})
        return corrections

    def forget(self) -> None:
        """Let the masking drop the earlier turns of the call, because their words have been redacted."""
        if self._masking is not None:
            self._masking.forget()
