"""Writes records into PostgreSQL: a batch completely or not at all. If the same record is written twice, the second
write changes nothing.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from offhook.journal.changes import Batch, Change
from offhook.journal.postgres.rows import placeholder, row_for_postgres

if TYPE_CHECKING:
    import asyncpg

__all__ = ["PostgresWriter"]

log = logging.getLogger("offhook")

# A call in the table `pruned` was deleted and must not be added again. Because of FOR KEY SHARE, no other connection
# can delete a call before this transaction ends.
_CLAIM = "INSERT INTO offhook.calls (call, at, journal) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_OWNERS = """
SELECT call, journal, EXISTS (SELECT 1 FROM offhook.pruned WHERE pruned.call = calls.call) FROM offhook.calls
WHERE call = ANY ($1) FOR KEY SHARE
"""
_UNCLAIM = "DELETE FROM offhook.calls WHERE call = ANY ($1)"
_WRITE = """
INSERT INTO offhook.records (call, seq, at, elapsed, kind, name, body, cause, "by")
SELECT * FROM unnest(
    $1::text[], $2::bigint[], $3::float8[], $4::float8[], $5::text[], $6::text[], $7::jsonb[], $8::bigint[], $9::text[]
)
ON CONFLICT (call, seq) DO UPDATE SET body = excluded.body WHERE records.body <> excluded.body
"""
# A body that is already in the database changes only if its speech was redacted, or if a number in it was masked later.


class PostgresWriter:
    """Writes the records of one journal file, whose id is `journal`, over this connection."""

    def __init__(self, connection: "asyncpg.Connection", journal: str) -> None:
        self._connection = connection
        self._journal = journal

    async def write(self, batch: Batch) -> None:
        """Write these records. If the database refuses a record, this method logs an error and writes a placeholder."""
        import asyncpg  # noqa: PLC0415  # an optional package; its import takes 100 ms

        refusals = (asyncpg.DataError, asyncpg.ProgramLimitExceededError, asyncpg.StatementTooComplexError)
        try:
            await self._write(batch.calls, batch.rows)
        except refusals as error:
            if len(batch.rows) > 1:
                for row in batch.rows:
                    await self.write(Batch((row,), {row[0]: batch.calls[row[0]]}, batch.last))
                return
            (row,) = batch.rows
            extra = {"call": row[0], "seq": row[1], "record": row[5], "error": type(error).__name__}
            log.error("PostgreSQL refuses a record; it is only in the journal file", extra=extra)
            await self._write(batch.calls, [placeholder(row, type(error).__name__)])

    async def _write(self, calls: Mapping[str, Change], rows: Sequence[Sequence[Any]]) -> None:
        async with self._connection.transaction(isolation="read_committed"):
            ids = await self._ids(calls)
            ready = [row_for_postgres(ids[row[0]], row) for row in rows if row[0] in ids]
            if ready:
                await self._connection.execute(_WRITE, *map(list, zip(*ready, strict=True)))

    async def _ids(self, calls: Mapping[str, Change]) -> dict[str, str]:
        """Return the id that each call has in the database. The result has no calls that were deleted in the database.

        If two files have calls with the same id, the second call gets another id, so that the two calls are not mixed.
        There is one exception: if the first file was moved during the call, the second file has the rest of the same
        call, and the call keeps its id.
        """
        plain = {call: _storable(call) for call in calls}
        owners = await self._claim({plain[call]: change for call, change in calls.items()})
        ids = dict[str, str]()
        others = dict[str, str]()
        for call, change in calls.items():
            owner = owners.get(plain[call])
            if owner == self._journal or (owner is not None and change.first > 0):
                ids[call] = plain[call]
            elif owner is not None:
                others[call] = f"{plain[call]}~{self._journal[:8]}"
        if others:
            claimed = await self._claim({own: calls[call] for call, own in others.items()})
            ids |= {call: own for call, own in others.items() if own in claimed}
        return ids

    async def _claim(self, calls: Mapping[str, Change]) -> dict[str, str]:
        """Add the calls that are not in the database yet. Return, for each call that was not deleted, the id of the
        journal to which the call belongs.
        """
        await self._connection.executemany(
            _CLAIM, [(call, change.at, self._journal) for call, change in sorted(calls.items(), key=lambda one: one[0])]
        )
        found = await self._connection.fetch(_OWNERS, list(calls))
        deleted = [call for call, _, gone in found if gone]
        if deleted:
            await self._connection.execute(_UNCLAIM, deleted)
        return {call: journal for call, journal, gone in found if not gone}


def _storable(call: str) -> str:
    return call.replace("\x00", "\ufffd")
