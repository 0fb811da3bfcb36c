"""Finds all mistakes in the fields of a route, and says how to correct each mistake."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from offhook.core.answering import Refusal, Rejection

__all__ = ["Problem", "problems_of", "target_problem"]

_PLACE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+")
_LONGEST = 500
_LISTS = ("dialled", "trunk", "caller", "room")
_TABLES = ("headers", "metadata", "room_metadata")


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in the field `key`."""

    key: str
    text: str


def problems_of(fields: Mapping[str, object]) -> list[Problem]:
    """Return all mistakes in the fields of one route; a field that is absent has its default."""
    found = [*_name(fields.get("name", "")), *_at_most(fields.get("at_most")), *_trust(fields), *_patterns(fields)]
    if (text := target_problem(fields.get("plan"))) is not None:
        found.append(Problem("plan", text))
    if not any(fields.get(key) for key in (*_LISTS, *_TABLES)):
        text = "it has no condition and would take every call; write dialled, trunk, …, or make it the default"
        found.append(Problem("", text))
    return found


def target_problem(target: object) -> str | None:
    """Return what is wrong with the plan of a route, or None."""
    if target is None:
        return "no plan; give a plan function or its name as 'module:function'"
    if isinstance(target, str) and not _PLACE.fullmatch(target):
        return f"plan {target!r} is not the name of a function; write it as 'package.module:function'"
    if not (callable(target) or isinstance(target, str | Rejection | Refusal)):
        return f"plan is {type(target).__name__}; give a plan function, 'module:function', reject(…) or a refusal"
    return None


def _name(name: object) -> Iterator[Problem]:
    if not isinstance(name, str) or len(name) > _LONGEST or not (name.isprintable() or not name):
        yield Problem("name", f"name is {name!r}; give a short text")
    elif name == "default":
        yield Problem("name", "the name 'default' is for calls without a route; give another name")


def _at_most(number: object) -> Iterator[Problem]:
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
        yield Problem("at_most", f"at_most is {number!r}; give a number of calls, 1 or more")


def _trust(fields: Mapping[str, object]) -> Iterator[Problem]:
    trusting = fields.get("trusting_caller", False)
    if not isinstance(trusting, bool):
        yield Problem("trusting_caller", f"trusting_caller is {trusting!r}; write true or false")
    elif not trusting:
        for key in ("caller", "headers"):
            if fields.get(key):
                what = "the caller's number" if key == "caller" else "the headers"
                advice = f"if your carrier checks {what}, add trusting_caller = true, else use another condition"
                yield Problem(key, f"any caller can choose {what}; {advice}")


def _patterns(fields: Mapping[str, object]) -> Iterator[Problem]:
    for key in _LISTS:
        yield from _check(key, key, fields.get(key, ()))
    for key in _TABLES:
        table = fields.get(key, {})
        if not isinstance(table, Mapping):
            yield Problem(key, f"{key} is {table!r}; write names and patterns: {{ X-Name = 'value' }}")
            continue
        for name, given in table.items():
            if not isinstance(name, str) or (key == "headers" and not _HEADER.fullmatch(name)):
                yield Problem(key, f"{name!r} is not the name of a header; write it as in X-Tenant")
            yield from _check(key, f"{key} {name}", given)
            if given in ([], ()):
                yield Problem(key, f"{key} {name} has no pattern; '*' stands for any value")


def _check(key: str, what: str, given: object) -> Iterator[Problem]:
    patterns = [given] if isinstance(given, str) else given
    if not isinstance(patterns, list | tuple):
        yield Problem(key, f"{what} is {given!r}; give a text in quotes, or a list of texts")
        return
    for pattern in patterns:
        if not isinstance(pattern, str):
            yield Problem(key, f"{what} has {pattern!r}; put it in quotes")
        elif not pattern or len(pattern) > _LONGEST or not pattern.isprintable():
            yield Problem(key, f"{what} has {pattern[:40]!r}; give a text of 1 to {_LONGEST} printable characters")
        elif "*" in pattern[:-1]:
            yield Problem(key, f"{what} has {pattern!r}; the '*' may only be at the end")
