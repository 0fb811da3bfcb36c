"""What a check found: its state, what it saw, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Check", "Finding", "State", "ok", "problem", "skipped", "warning"]

State = Literal["ok", "warning", "problem", "skipped"]
"""warning: calls work, but not as they could; problem: calls fail; skipped: there was nothing to try."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look at one thing came to; a problem and a warning say what to do, the others what one could do."""

    state: State
    detail: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A finding with the name of the thing and the time that the look took."""

    name: str
    state: State
    detail: str
    todo: str
    ms: int


def ok(detail: str, hint: str = "") -> Finding:
    """As it should be."""
    return Finding("ok", detail, hint)


def warning(detail: str, todo: str) -> Finding:
    """Calls work, but not as they could."""
    return Finding("warning", detail, todo)


def problem(detail: str, todo: str) -> Finding:
    """Calls fail."""
    return Finding("problem", detail, todo)


def skipped(detail: str) -> Finding:
    """There was nothing to try."""
    return Finding("skipped", detail)
