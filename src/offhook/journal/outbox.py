"""The outbox of webhooks: each message is stored in the same transaction as its fact, and is sent until its receiver
accepts the message or the attempts end.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from offhook.core.webhooks import EVENTS, Receiver, messages
from offhook.journal.schema import journal_error, open_journal

__all__ = ["Delivery", "Outbox", "Result", "State", "add_messages"]

State = Literal["pending", "delivered", "dead"]
"""`dead`: every attempt failed, or the settings no longer have the receiver; no further attempt follows. `offhook
webhooks retry` sends the message again.
"""

_FACTS = frozenset(event.fact for event in EVENTS)
# A record is not stored if another record already has its number. Such a record gets no message, because offhook makes
# the text of a message from the stored record.
_ADD = """
INSERT OR IGNORE INTO outbox (id, receiver, event, call, seq, at, due) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6
WHERE EXISTS (SELECT 1 FROM records WHERE call = ?4 AND seq = ?5 AND name = ?7)
"""
_FIELDS = "number, id, receiver, event, call, seq, at, state, attempts, due, error"
# The messages of one call are sent in order: a later message waits until the earlier message is delivered or dead.
_DUE = f"""
SELECT {_FIELDS} FROM outbox AS one WHERE state = 'pending' AND receiver = ? AND due <= ? AND NOT EXISTS (
    SELECT 1 FROM outbox AS earlier WHERE earlier.state = 'pending' AND earlier.receiver = one.receiver
    AND earlier.call = one.call AND earlier.number < one.number
) ORDER BY due, number LIMIT ?
"""  # noqa: S608  # a constant
_RESULT = "UPDATE outbox SET state = ?, attempts = ?, due = ?, error = ? WHERE number = ? AND state = 'pending'"
# After a failed attempt, the later messages of the same call also wait until the failed message is due again.
_POSTPONE = "UPDATE outbox SET due = max(due, ?) WHERE receiver = ? AND call = ? AND state = 'pending'"
_RETRY = "UPDATE outbox SET state = 'pending', attempts = 0, due = ?1, error = ''"
_KEEP = 7 * 86_400.0
"""How many seconds a delivered message stays in the outbox. A pending message waits equally long for a receiver that is
no longer in the settings.
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one receiver, and the number of its attempts so far. `due` is the Unix time of the next attempt.

    For a message that is no longer pending, `due` is the time of the last attempt.
    """

    number: int
    id: str
    receiver: str
    event: str
    call: str
    seq: int
    at: float
    state: State
    attempts: int
    due: float
    error: str


@dataclass(frozen=True, slots=True)
class Result:
    """The result of an attempt to deliver a message."""

    delivery: Delivery
    state: State
    due: float
    error: str = ""


def add_messages(
    connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]], receivers: Sequence[Receiver]
) -> None:
    """Add the messages for these new rows of the table `records`. Call this in the transaction that adds the rows."""
    if receivers:
        connection.executemany(_ADD, _added(rows, receivers))


def _added(rows: Sequence[tuple[Any, ...]], receivers: Sequence[Receiver]) -> Iterator[tuple[Any, ...]]:
    for call, seq, at, _, kind, name, body, *_ in rows:
        if kind == "fact" and name in _FACTS:
            for message in messages(receivers, name, json.loads(body), call=call, seq=seq):
                yield message.id, message.receiver, message.event, call, seq, at, name


class Outbox:
    """The outbox in a journal that is open for writing. Use this object only in the thread that made it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_journal(path)

    def close(self) -> None:
        self._connection.close()

    def due(self, receiver: str, now: float, limit: int) -> list[Delivery]:
        """Return the due messages for this receiver: at most `limit`, and at most one for each call."""
        return [Delivery(*row) for row in self._run(_DUE, receiver, now, limit)]

    def record(self, results: Sequence[Result]) -> None:
        """Store the results of attempts, in one transaction."""
        self._run("BEGIN IMMEDIATE")
        for one in results:
            attempts = one.delivery.attempts + 1
            self._run(_RESULT, one.state, attempts, one.due, one.error, one.delivery.number)
            if one.state == "pending":
                self._run(_POSTPONE, one.due, one.delivery.receiver, one.delivery.call)
        self._run("COMMIT")

    def hurry(self, receiver: str, now: float) -> None:
        """Make all pending messages for this receiver due now, because the receiver accepts messages again."""
        self._run("UPDATE outbox SET due = ?1 WHERE receiver = ?2 AND state = 'pending' AND due > ?1", now, receiver)

    def tidy(self, now: float, receivers: Sequence[str]) -> int:
        """Delete messages that were delivered more than a week ago. Give up messages that have waited for a week for a
        receiver that is not in `receivers`.

        Return how many messages were given up. `receivers` are the receivers in the settings. Without this limit,
        messages for a receiver that a user removed from the settings would wait for ever.
        """
        self._run("DELETE FROM outbox WHERE state = 'delivered' AND due < ?", now - _KEEP)
        others = f"receiver NOT IN ({', '.join('?' * len(receivers))})"
        expired = f"WHERE state = 'pending' AND due < ? AND {others}"
        statement = f"UPDATE outbox SET state = 'dead', due = ?, error = 'not in the settings' {expired}"  # noqa: S608  # constants
        return self._changed(statement, now, now - _KEEP, *receivers)

    def deliveries(self, state: State | None, limit: int) -> list[Delivery]:
        """Return at most `limit` messages of this state, newest first. If `state` is None, return messages of every
        state.
        """
        query = f"SELECT {_FIELDS} FROM outbox WHERE ?1 IS NULL OR state = ?1 ORDER BY number DESC LIMIT ?2"  # noqa: S608  # a constant
        return [Delivery(*row) for row in self._run(query, state, limit)]

    def counts(self) -> dict[str, int]:
        """Return the number of messages by state."""
        return dict(self._run("SELECT state, count(*) FROM outbox GROUP BY state"))

    def retry(self, now: float, ids: Sequence[str] = ()) -> int:
        """Make the messages with these ids due now; without ids, make all dead messages due now. Each of these messages
        gets its full number of attempts again. Returns the number of these messages.
        """
        if not ids:
            return self._changed(f"{_RETRY} WHERE state = 'dead'", now)
        return sum(self._changed(f"{_RETRY} WHERE id = ?2", now, one) for one in ids)

    def _changed(self, statement: str, *values: object) -> int:
        self._run(statement, *values)
        return int(self._run("SELECT changes()")[0][0])

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            raise journal_error(self._path, error) from error
