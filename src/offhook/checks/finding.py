"""The result of a check: the state, what was found, and what to do."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Check", "Finding", "State", "ok", "problem", "skipped", "warning"]

State = Literal["ok", "warning", "problem", "skipped"]
"""warning: calls work, but not as well as possible. problem: calls fail. skipped: the check was not made."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `todo` says what to do about a problem or a warning. For `ok`, `todo` is a hint."""

    state: State
    detail: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A finding with the name and the duration of the check."""

    name: str
    state: State
    detail: str
    todo: str
    ms: int


def ok(detail: str, hint: str = "") -> Finding:
    """Return a result that means: everything is right."""
    return Finding("ok", detail, hint)


def warning(detail: str, todo: str) -> Finding:
    """Return a result that means: calls work, but not as well as possible."""
    return Finding("warning", detail, todo)


def problem(detail: str, todo: str) -> Finding:
    """Return a result that means: calls fail."""
    return Finding("problem", detail, todo)


def skipped(detail: str) -> Finding:
    """Return a result that means: the check was not made."""
    return Finding("skipped", detail)
