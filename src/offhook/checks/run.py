"""Makes all checks at once, each within its time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from offhook.checks.finding import Check, Finding, problem
from offhook.core.errors import OffhookError

__all__ = ["LIMIT", "Once", "Trial", "run_checks"]

T = TypeVar("T")

LIMIT = 3.0
"""Seconds that one thing may take to answer."""

LONGEST = 500
"""Signs of one line. Cut only when the secrets are out of it, or a cut one would be shown."""

GRACE = 1.0
"""A look that knows what it waits for says so itself; after this much longer it is told to stop."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing to look at, and how."""

    name: str
    look: Callable[[], Awaitable[Finding]]


class Once(Generic[T]):
    """What several looks need, found out by the first of them."""

    def __init__(self, find: Callable[[], Awaitable[T]]) -> None:
        self._find = find
        self._lock = asyncio.Lock()
        self._found: list[T] = []

    async def get(self) -> T:
        async with self._lock:
            if not self._found:
                self._found.append(await self._find())
        return self._found[0]


async def run_checks(
    trials: Sequence[Trial],
    *,
    limit: float = LIMIT,
    hide: Callable[[str], str] = lambda text: text,
    done: Callable[[Check], None] = lambda _check: None,
) -> tuple[Check, ...]:
    """Make all checks at the same time; the answers in the order of the trials.

    Args:
        trials: what to look at.
        limit: the seconds that each may take.
        hide: takes secrets out of a text; nothing that a check says gets past it.
        done: is told each check when it is made.

    """

    async def make(trial: Trial) -> Check:
        check = await _made(trial, limit, hide)
        done(check)
        return check

    return tuple(await asyncio.gather(*map(make, trials)))


async def _made(trial: Trial, limit: float, hide: Callable[[str], str]) -> Check:
    began = time.monotonic()
    try:
        async with asyncio.timeout(limit + GRACE):
            found = await trial.look()
    except TimeoutError:
        found = problem(f"no answer within {limit + GRACE:g} s", "try again; if it stays so, look at what it needs")
    except (OffhookError, OSError, ValueError) as error:
        found = problem(f"{type(error).__name__}: {error}", "mend what it says, or report it if that makes no sense")
    ms = round((time.monotonic() - began) * 1000)
    return Check(trial.name, found.state, _line(hide(found.detail)), _line(hide(found.todo)), ms)


def _line(text: str) -> str:
    """One line, without signs that would move the cursor of a terminal."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST].rstrip()} ..."
