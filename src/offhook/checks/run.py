"""Runs all checks at once, each with a time limit."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from offhook.checks.finding import Check, Finding, problem, warning
from offhook.core.errors import OffhookError

__all__ = ["LIMIT", "CheckGroup", "CheckSpec", "Lazy", "run_checks"]

T = TypeVar("T")

LIMIT = 3.0
"""Seconds that one check can wait for an answer."""

LONGEST = 500
"""Maximum number of characters in a line; a longer line is cut. Secrets are removed before the cut, because a secret
that is cut would not be found."""

GRACE = 1.0
"""Extra seconds after the time limit, in which a check can report its own timeout. Then the check is cancelled."""


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check to run: its name and its function."""

    name: str
    look: Callable[[], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """Checks that become known only while other checks run. `find` returns these checks, within `limit` seconds."""

    name: str
    find: Callable[[], Awaitable[Sequence[CheckSpec]]]
    limit: float


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
    specs: Sequence[CheckSpec | CheckGroup],
    *,
    limit: float = LIMIT,
    hide: Callable[[str], str] = lambda text: text,
    done: Callable[[str], None] = lambda _name: None,
) -> tuple[Check, ...]:
    """Run all checks at the same time; return the results in the order of `specs`.

    Args:
        specs: the checks to run, and groups of checks.
        limit: the seconds that each check may take.
        hide: removes secrets from a text; every text of a check goes through this function.
        done: is called with the name of each check, or group, as soon as its result is known.

    """

    async def run(spec: CheckSpec | CheckGroup) -> Sequence[Check]:
        if isinstance(spec, CheckSpec):
            checks: Sequence[Check] = [await _run(spec, limit, hide)]
        else:
            checks = await asyncio.gather(*(_run(one, limit, hide) for one in await _found(spec)))
        done(spec.name)
        return checks

    return tuple(check for checks in await asyncio.gather(*map(run, specs)) for check in checks)


async def _found(group: CheckGroup) -> Sequence[CheckSpec]:
    try:
        async with asyncio.timeout(group.limit + GRACE):
            return await group.find()
    except TimeoutError:
        late = warning(f"no result within {group.limit + GRACE:g} s", "try again on an idle machine")

        async def look() -> Finding:
            return late

        return [CheckSpec(group.name, look)]


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
