"""Runs lookups, such as database queries, while the phone rings. A lookup has a time limit and a cache of its earlier
answers.
"""

import asyncio
import functools
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

from offhook.core.errors import LookupFailedError, PlanError
from offhook.engine import user_code
from offhook.settings import load_settings
from offhook.worker.lookup_cache import LookupCache

__all__ = ["lookup"]

log = logging.getLogger("offhook")

P = ParamSpec("P")
T = TypeVar("T")

_ERRORS = (Exception, SystemExit)
"""The user's code, and the libraries that it uses, may raise anything."""


class _Decorator(Protocol):
    @overload
    def __call__(self, function: Callable[P, Awaitable[T]], /) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __call__(self, function: Callable[P, T], /) -> Callable[P, Coroutine[Any, Any, T]]: ...


def lookup(*, within: float = 3.0, fresh: float = 0.0, stale: float = 86_400.0) -> _Decorator:
    """Return a decorator that turns a function into a lookup.

    A plan function awaits the lookup, for example `await tenant_of(number)`. The answers must be JSON. offhook stores
    the answers in the file `lookups.db` in the folder of the journal, because each phone call runs in a separate
    process. If the stored answer for the same arguments is younger than `fresh` seconds, the lookup returns this answer
    and does not call the function. If the function fails or takes longer than `within` seconds, the lookup returns the
    stored answer if it is younger than `stale` seconds. If there is no such answer, the lookup raises
    `LookupFailedError`. With `stale=0`, nothing is stored. A sync function runs in a thread.
    """
    for name, value in (("within", within), ("fresh", fresh), ("stale", stale)):
        if not 0 <= value < float("inf") or (name == "within" and not value):
            raise PlanError(f"lookup({name}={value!r}): give a number of seconds{', more than 0' * (name == 'within')}")
    if fresh > stale:
        raise PlanError(f"lookup(fresh={fresh:g}, stale={stale:g}): stale must not be less than fresh")

    def decorate(function: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
        one = _Lookup(function, within, fresh, stale)

        @functools.wraps(function)
        async def look_up(*given: Any, **named: Any) -> Any:
            return await one.answer(given, named)

        return look_up

    return cast("_Decorator", decorate)


@dataclass(frozen=True, slots=True)
class _Lookup:
    function: Callable[..., Any]
    within: float
    fresh: float
    stale: float

    async def answer(self, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        key, cache = self._key(given, named), LookupCache(load_settings().journal)
        kept = await asyncio.to_thread(cache.read, key, self.stale) if self.stale else None
        if kept is not None and kept.age < self.fresh:
            return kept.value
        try:
            answer = await self._ask(given, named)
        except LookupFailedError:
            if kept is None:
                raise
            extra = {"lookup": self.function.__name__, "seconds": round(kept.age)}
            log.warning("a lookup failed; its last answer is used", extra=extra, exc_info=True)
            return kept.value
        if self.stale:
            await asyncio.to_thread(cache.write, key, answer, self.stale)
        return answer

    async def _ask(self, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        name, function = self.function.__name__, functools.partial(self.function, *given, **named)
        try:
            answer = await user_code.call(function, name=f"lookup {name}", within=self.within)
            return json.loads(json.dumps(answer)) if self.stale else answer
        except user_code.OverBudgetError:
            raise LookupFailedError(f"{name} gave no answer within {self.within:g} s") from None
        except (TypeError, ValueError) as error:
            raise LookupFailedError(f"{name} failed, or its answer is not JSON: {error}") from error
        except _ERRORS as error:
            raise LookupFailedError(f"{name} failed: {type(error).__name__}: {error}") from error

    def _key(self, given: tuple[Any, ...], named: dict[str, Any]) -> str:
        """Return the cache key of these arguments: a hash, so that the file has no telephone numbers in its keys."""
        what = [self.function.__module__, self.function.__qualname__, given, named]
        return hashlib.sha256(json.dumps(what, sort_keys=True, default=repr).encode()).hexdigest()
