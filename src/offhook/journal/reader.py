"""Reads the journal: the list of calls, and the records of one call. It never writes, and works during writes."""

import logging
import sqlite3
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from offhook.core.errors import JournalError
from offhook.core.record import Record
from offhook.journal.rows import COLUMNS, body_of, record_of
from offhook.journal.schema import BUSY, journal_error, read_version
from offhook.journal.version_1 import LANDMARKS, upgraded

__all__ = ["Reader", "Summary"]

log = logging.getLogger("offhook")

_LANDMARKS = ("JobAccepted", "Connected", "CallerFound", "MessageCommitted", "Ended", *LANDMARKS)
_LANDMARK_ROWS = f"SELECT name, body FROM records WHERE call = ? AND name IN {_LANDMARKS!r} ORDER BY seq"  # noqa: S608  # a constant of this module

_ON_ROUTE = """
WITH running AS (
    SELECT call FROM calls WHERE at >= ? AND NOT EXISTS (
        SELECT 1 FROM records WHERE records.call = calls.call AND name IN ('HangUpDone', 'Ended')
        AND seq > (SELECT max(seq) - 50 FROM records AS last WHERE last.call = calls.call)
    )
)
SELECT call FROM running JOIN records USING (call)
WHERE seq < 100 AND name = 'RouteMatched' AND json_extract(body, '$.route') = ? ORDER BY records.rowid
"""
# A route is chosen at the start of a call, and few records follow the end of a call. So no query reads a whole call.


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of one call.

    A call without the fact `Ended` is open: the call runs, or its process died. `last_at` is the time of the last
    record. `caller` is the number of the caller. Without a number it is the name, and without a name the identity.
    `agent` is the name and `version` the version of the agent; both can be empty.
    """

    call: str
    room: str
    caller: str
    started_at: float
    last_at: float
    seconds: float
    state: Literal["open", "ended"]
    reason: str = ""
    detail: str = ""
    turns: int = 0
    agent: str = ""
    version: str = ""


class Reader:
    """A journal that is open for reading. This works even if the process that wrote the journal was killed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            if not path.exists():
                raise _missing(path)
            uri = f"{path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, timeout=BUSY, isolation_level=None)
            self._connection.text_factory = _text
        except (OSError, ValueError, sqlite3.Error) as error:
            raise journal_error(path, error) from error
        try:
            if read_version(self._connection, path) == 0:
                raise _missing(path)
        except sqlite3.Error as error:
            self.close()
            raise journal_error(path, error) from error
        except JournalError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def calls(self, limit: int = 20, since: float = 0.0) -> list[Summary]:
        """Return the calls that started at Unix time `since` or later, newest first."""
        query = "SELECT call, at FROM calls WHERE at >= ? ORDER BY at DESC, call LIMIT ?"
        return [self._summary(call, at) for call, at in self._rows(query, since, limit)]

    def started(self, since: float, until: float, skip: Container[str] = ()) -> Iterator[Summary]:
        """Yield the calls that started at Unix time `since` or later and before `until`, newest first.

        Calls in `skip` are left out.
        """
        query = "SELECT call, at FROM calls WHERE at >= ? AND at < ? ORDER BY at DESC, call"
        for call, at in self._rows(query, since, until):
            if call not in skip:
                yield self._summary(call, at)

    def summary(self, call: str) -> Summary:
        """Return the summary of one call."""
        rows = self._rows("SELECT call, at FROM calls WHERE call = ?", call)
        if not rows:
            raise JournalError(f"there is no call {call!r} in {self._path}; see them with: offhook calls")
        return self._summary(*rows[0])

    def records(self, call: str, after: int = -1, *, names: Sequence[str] = (), limit: int = -1) -> list[Record]:
        """Return the records of this call after record number `after`, in order.

        With `names`, return only facts and decisions of these names; with `limit`, return at most so many.
        """
        chosen = f" AND name IN ({', '.join('?' * len(names))})" if names else ""
        query = f"SELECT {COLUMNS} FROM records WHERE call = ? AND seq > ?{chosen} ORDER BY seq LIMIT ?"  # noqa: S608  # constants
        return [record_of(row) for row in self._rows(query, call, after, *names, limit)]

    def readable(self, call: str) -> list[Record]:
        """Return the records of this call without the damaged ones."""
        rows = self._rows(f"SELECT {COLUMNS} FROM records WHERE call = ? ORDER BY seq", call)  # noqa: S608  # constants
        found = list[Record]()
        for row in rows:
            try:
                found.append(record_of(row))
            except (ValueError, TypeError, AttributeError):
                log.error("a record of a call is damaged", extra={"call": call, "seq": row[1]})
        return found

    def next_number(self, call: str) -> int:
        """Return the number of the next record of this call."""
        return int(self._rows("SELECT coalesce(max(seq), -1) + 1 FROM records WHERE call = ?", call)[0][0])

    def open_calls(self, since: float, until: float) -> list[str]:
        """Return the calls that started between these Unix times and have no end, oldest first."""
        query = (
            "SELECT call FROM calls WHERE at >= ? AND at < ? AND NOT EXISTS "
            "(SELECT 1 FROM records WHERE records.call = calls.call AND name = 'Ended') ORDER BY at"
        )
        return [str(row[0]) for row in self._rows(query, since, until)]

    def calls_on_route(self, route: str, *, since: float) -> list[str]:
        """Return the running calls of this route, in the order of their `RouteMatched` records."""
        return [str(row[0]) for row in self._rows(_ON_ROUTE, since, route)]

    def extent(self, call: str) -> tuple[int, int]:
        """Return the number of records of this call, and the bytes of their fields."""
        query = "SELECT count(*), coalesce(sum(length(body)), 0) FROM records WHERE call = ?"
        (count, size) = self._rows(query, call)[0]
        return int(count), int(size)

    def find(self, prefix: str) -> str:
        """Return the id of the only call whose id starts with `prefix`. The prefix `last` selects the newest call."""
        if prefix == "last":
            rows = self._rows("SELECT call FROM calls ORDER BY at DESC, call LIMIT 1")
            if not rows:
                raise JournalError(f"there are no calls in {self._path} yet; make a call first")
            return str(rows[0][0])
        query = "SELECT call FROM calls WHERE call >= ?1 AND substr(call, 1, length(?1)) = ?1 ORDER BY call LIMIT 6"
        found = [str(row[0]) for row in self._rows(query, prefix)] if prefix else []
        if len(found) == 1 or prefix in found:
            return found[0]
        if not found:
            raise JournalError(f"no call starts with {prefix!r} in {self._path}; see them with: offhook calls")
        names = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "")
        raise JournalError(f"{prefix!r} matches more than one call: {names}; give more characters")

    def _summary(self, call: str, at: float) -> Summary:
        room = caller = agent = version = ""
        turns, ended = 0, None
        for stored, raw in self._rows(_LANDMARK_ROWS, call):
            name, body, _ = upgraded(*body_of(stored, raw), "")
            if name in ("JobAccepted", "Connected"):
                room = room or body.get("room", "")
                agent, version = body.get("agent", agent), body.get("version", version)
            elif name == "CallerFound":
                caller = caller or body.get("number") or body.get("name") or body.get("identity", "")
            elif name == "MessageCommitted":
                turns += body.get("role") in ("user", "assistant")
            elif name == "Ended":
                ended = body
        query = "SELECT at, elapsed FROM records WHERE call = ? ORDER BY seq DESC LIMIT 1"
        (last_at, elapsed), *_ = self._rows(query, call) or [(at, 0.0)]
        if ended is None:
            return Summary(call, room, caller, at, last_at, elapsed, "open", turns=turns, agent=agent, version=version)
        reason, detail, seconds = ended.get("reason", ""), ended.get("detail", ""), ended.get("seconds") or elapsed
        return Summary(call, room, caller, at, last_at, seconds, "ended", reason, detail, turns, agent, version)

    def _rows(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise journal_error(self._path, error) from error


def _text(stored: bytes) -> str:
    """Decode a text of the file. Bytes that are not UTF-8 are replaced, so that one damaged row stops no command."""
    return stored.decode(errors="replace")


def _missing(path: Path) -> JournalError:
    return JournalError(
        f"there is no journal at {path} yet; the first call creates the file. Read another file with --journal"
    )
