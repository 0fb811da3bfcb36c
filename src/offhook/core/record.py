"""One line of the journal: a fact or a wish of one call, with its time and its cause."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Literal

__all__ = ["Record", "body_of"]


@dataclass(frozen=True, slots=True)
class Record:
    """`at` is Unix time in seconds, `elapsed` seconds since the agent joined (monotonic); `cause` is the number of the
    fact that led to a wish; `by` is the policy that wished.
    """

    call: str
    seq: int
    at: float
    elapsed: float
    kind: Literal["fact", "wish"]
    name: str
    body: Mapping[str, object]
    cause: int | None = None
    by: str = ""


def body_of(value: object) -> dict[str, object]:
    """The fields of a fact or wish as JSON-ready data; defaults included, so that a reader needs no code."""
    plain = _plain(value)
    assert isinstance(plain, dict)
    return plain


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if callable(value):
        return str(getattr(value, "__qualname__", type(value).__name__))
    return value
