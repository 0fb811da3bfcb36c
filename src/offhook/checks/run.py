"""Runs all checks at once, each with a time limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from offhook.checks.finding import Check, Finding, problem
from offhook.core.errors import OffhookError

__all__ = ["LIMIT", "CheckSpec", "Lazy", "run_checks"]

T = TypeVar("T")

LIMIT = 3.0
"""Seconds that one check can wait for an answer."""

LONGEST = 500
"""Maximum characters of a line. Secrets are removed before the cut; otherwise a part of a secret would remain."""

GRACE = 1.0
"""Extra seconds in which a check can report its own timeout. After this time, the check is cancelled."""


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check to run: its name and its function."""

    name: str
    look: Callable[[], Awaitable[Finding]]


class Lazy(Generic[T]):
    """A value that several checks need. The first of these checks computes the value."""

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
    specs: Sequence[CheckSpec],
    *,
    limit: float = LIMIT,
    hide: Callable[[str], str] = lambda text: text,
    done: Callable[[Check], None] = lambda _check: None,
) -> tuple[Check, ...]:
    """Run all checks at the same time; return the results in the order of `specs`.

    Args:
        specs: the checks to run.
        limit: the seconds that each check may take.
        hide: removes secrets from a text; every text of a check goes through this function.
        done: is called with each result as soon as it is known.

    """

    async def run(spec: CheckSpec) -> Check:
        check = await _run(spec, limit, hide)
        done(check)
        return check

    return tuple(await asyncio.gather(*map(run, specs)))


async def _run(spec: CheckSpec, limit: float, hide: Callable[[str], str]) -> Check:
    began = time.monotonic()
    try:
        async with asyncio.timeout(limit + GRACE):
            found = await spec.look()
    except TimeoutError:
        found = problem(
            f"no answer within {limit + GRACE:g} s", "try again; if this happens again, look at what this check needs"
        )
    except (OffhookError, OSError, ValueError) as error:
        found = problem(
            f"{type(error).__name__}: {error}", "fix what the error says, or report the error if it makes no sense"
        )
    ms = round((time.monotonic() - began) * 1000)
    return Check(spec.name, found.state, _line(hide(found.detail)), _line(hide(found.todo)), ms)


def _line(text: str) -> str:
    """Return the text as one line, without characters that move the cursor of a terminal."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST].rstrip()} ..."
