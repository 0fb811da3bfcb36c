"""One record of the journal: a fact or a decision of one call, with its time and its cause."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Literal

__all__ = ["Record", "to_body"]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the journal. `at` is Unix time in seconds; `elapsed` is seconds since the job process began to
    supervise the call (monotonic).

    `cause` is the `seq` of the fact or decision that led to this record. `by` is the policy that made the decision.
    """

    call: str
    seq: int
    at: float
    elapsed: float
    kind: Literal["fact", "decision"]
    name: str
    body: Mapping[str, object]
    cause: int | None = None
    by: str = ""


def to_body(value: object) -> dict[str, object]:
    """Return the fields of a fact or decision as JSON-ready data, except fields with `repr=False`.

    Fields with default values are included, so that a reader of the journal does not need the Python class of the fact
    or decision.
    """
    plain = _plain(value)
    assert isinstance(plain, dict)
    return plain


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.repr}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if callable(value):
        return str(getattr(value, "__qualname__", type(value).__name__))
    return value
