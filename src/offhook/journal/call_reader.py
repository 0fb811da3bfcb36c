"""Reads the calls of a journal from SQLite or PostgreSQL: the list of calls, and the records of one call."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from offhook.core.errors import JournalError
from offhook.core.record import Record
from offhook.journal.rows import COLUMNS, body_of, record_of
from offhook.journal.version_1 import LANDMARKS, upgraded

__all__ = ["CallReader", "Summary"]

log = logging.getLogger("offhook")

_LANDMARKS = ("JobAccepted", "Connected", "CallerFound", "MessageCommitted", "Ended", *LANDMARKS)
_EVERY = 1 << 62
"""The value of LIMIT that returns all records."""
_AT_ONCE = 32
"""The maximum number of summaries that one query reads."""
# The queries run on SQLite and on PostgreSQL. The placeholder of a value is `?`, or `?1` if the value is used twice.


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary of one call.

    A call without the fact `Ended` is open: the call runs, or its process died. `last_at` is the time of the last
    record. `caller` is the caller's phone number; without a number, the caller's name; without a name, the identity.
    `agent` is the agent's name, and `version` is the agent's version; both can be empty.
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


class CallReader(ABC):
    """A journal that is open for reading. Each kind of database has a subclass. Use a reader only in the thread that
    opened it.
    """

    place: str
    """The path or address of the journal, as error messages show it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def rows(self, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
        """Return the rows of this query. Raises `JournalError`."""

    def calls(self, limit: int = 20, since: float = 0.0) -> list[Summary]:
        """Return at most `limit` calls that started at Unix time `since` or later, newest first."""
        query = "SELECT call, at FROM calls WHERE at >= ? ORDER BY at DESC, call LIMIT ?"
        return self._summaries(self.rows(query, since, limit))

    def started(self, since: float, until: float, skip: Container[str] = ()) -> Iterator[Summary]:
        """Yield the calls that started at Unix time `since` or later and before `until`, newest first.

        Calls in `skip` are left out.
        """
        query = "SELECT call, at FROM calls WHERE at >= ? AND at < ? ORDER BY at DESC, call"
        found = [row for row in self.rows(query, since, until) if row[0] not in skip]
        for first in range(0, len(found), _AT_ONCE):
            yield from self._summaries(found[first : first + _AT_ONCE])

    def summary(self, call: str) -> Summary:
        """Return the summary of one call."""
        found = self._summaries(self.rows("SELECT call, at FROM calls WHERE call = ?", call))
        if not found:
            raise JournalError(f"there is no call {call!r} in {self.place}; see them with: offhook calls")
        return found[0]

    def records(self, call: str, after: int = -1, *, names: Sequence[str] = (), limit: int = -1) -> list[Record]:
        """Return the records of this call after record number `after`, in order.

        With `names`, return only facts and decisions of these names; with `limit`, return at most that many.
        """
        chosen = f" AND name IN ({', '.join('?' * len(names))})" if names else ""
        query = f"SELECT {COLUMNS} FROM records WHERE call = ? AND seq > ?{chosen} ORDER BY seq LIMIT ?"  # noqa: S608  # constants
        return [record_of(row) for row in self.rows(query, call, after, *names, _EVERY if limit < 0 else limit)]

    def readable(self, call: str) -> list[Record]:
        """Return the undamaged records of this call."""
        rows = self.rows(f"SELECT {COLUMNS} FROM records WHERE call = ? ORDER BY seq", call)  # noqa: S608  # constants
        found = list[Record]()
        for row in rows:
            try:
                found.append(record_of(row))
            except (ValueError, TypeError, AttributeError):
                log.error("a record of a call is damaged", extra={"call": call, "seq": row[1]})
        return found

    def extent(self, call: str) -> tuple[int, int]:
        """Return the number of records of this call, and the total length of their JSON bodies."""
        query = "SELECT count(*), coalesce(sum(length(CAST(body AS TEXT))), 0) FROM records WHERE call = ?"
        (count, size) = self.rows(query, call)[0]
        return int(count), int(size)

    def find(self, prefix: str) -> str:
        """Return the id of the only call whose id starts with `prefix`. The prefix `last` selects the newest call."""
        if prefix == "last":
            rows = self.rows("SELECT call FROM calls ORDER BY at DESC, call LIMIT 1")
            if not rows:
                raise JournalError(f"there are no calls in {self.place} yet; make a call first")
            return str(rows[0][0])
        query = "SELECT call FROM calls WHERE call >= ?1 AND substr(call, 1, length(?1)) = ?1 ORDER BY call LIMIT 6"
        found = [str(row[0]) for row in self.rows(query, prefix)] if prefix else []
        if len(found) == 1 or prefix in found:
            return found[0]
        if not found:
            raise JournalError(f"no call starts with {prefix!r} in {self.place}; see them with: offhook calls")
        names = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "")
        raise JournalError(f"{prefix!r} matches more than one call: {names}; give more characters")

    def _summaries(self, found: Sequence[Sequence[Any]]) -> list[Summary]:
        """Return the summaries of these calls. Each row of `found` has the id and the start time of a call."""
        calls = [str(row[0]) for row in found]
        if not calls:
            return []
        wanted = f"call IN ({', '.join('?' * len(calls))})"
        query = f"SELECT call, name, body FROM records WHERE {wanted} AND name IN {_LANDMARKS!r} ORDER BY call, seq"  # noqa: S608  # constants
        landmarks: dict[str, list[tuple[str, Mapping[str, Any]]]] = {call: [] for call in calls}
        for call, stored, raw in self.rows(query, *calls):
            name, body, _ = upgraded(*body_of(stored, raw), "")
            landmarks[call].append((name, body))
        newest = f"{wanted} AND seq = (SELECT max(seq) FROM records AS other WHERE other.call = calls.call)"  # noqa: S608  # constants
        query = f"SELECT call, records.at, elapsed FROM calls JOIN records USING (call) WHERE {newest}"  # noqa: S608  # constants
        last = {call: (at, elapsed) for call, at, elapsed in self.rows(query, *calls)}
        return [_summary(call, at, landmarks[call], *last.get(call, (at, 0.0))) for call, at in found]


def _summary(
    call: str, at: float, landmarks: Sequence[tuple[str, Mapping[str, Any]]], last_at: float, elapsed: float
) -> Summary:
    room = caller = agent = version = ""
    turns, ended = 0, None
    for name, body in landmarks:
        if name in ("JobAccepted", "Connected"):
            room = room or body.get("room", "")
            agent, version = body.get("agent", agent), body.get("version", version)
        elif name == "CallerFound":
            caller = caller or body.get("number") or body.get("name") or body.get("identity", "")
        elif name == "MessageCommitted":
            turns += body.get("role") in ("user", "assistant")
        elif name == "Ended":
            ended = body
    if ended is None:
        return Summary(call, room, caller, at, last_at, elapsed, "open", turns=turns, agent=agent, version=version)
    reason, detail, seconds = ended.get("reason", ""), ended.get("detail", ""), ended.get("seconds") or elapsed
    return Summary(call, room, caller, at, last_at, seconds, "ended", reason, detail, turns, agent, version)
