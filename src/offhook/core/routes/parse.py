"""Reads routes from TOML. One error lists all mistakes, each with its line and a correction."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from offhook.core.answering import answer_and_refuse, reject
from offhook.core.errors import PlanError
from offhook.core.routes.checks import problems_of, target_problem
from offhook.core.routes.route import Route, Target

__all__ = ["KEYS", "parse_routes"]

KEYS = (
    "name", "plan", "reject", "refuse", "dialled", "trunk", "caller", "room", "headers", "metadata", "room_metadata",
    "trusting_caller", "at_most",
)  # fmt: skip
_TARGETS = ("plan", "reject", "refuse")
_LONGEST = 1024 * 1024
_ROUTE = re.compile(r"\s*\[\[\s*route\s*\]\]")
_PART = re.compile(r"\s*\[\s*route\s*\.\s*([\w-]+)\s*\]")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*[=.]")


def parse_routes(text: str, source: str) -> tuple[list[Route], Target]:
    """Return the routes and the default target that a TOML text defines. `source` is the name of the text in errors."""
    if len(text) > _LONGEST:
        raise PlanError(f"{source} has {len(text)} characters; routes may have at most {_LONGEST}")
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PlanError(f"{source}: the TOML is not valid: {error}; correct this place first") from None
    reader = _Reader(text)
    default, routes = reader.default(raw), list(reader.routes(raw))
    if reader.problems:
        lines = [f"{source}:{line}: {problem}" for line, problem in sorted(reader.problems)]
        raise PlanError("\n".join(lines))
    return [Route(**route) for route in routes], default


class _Reader:
    """Reads the routes of one TOML text, and collects the mistakes in the text."""

    def __init__(self, text: str) -> None:
        self._lines = _lines_of(text)
        self.problems: list[tuple[int, str]] = []

    def default(self, raw: Mapping[str, Any]) -> Any:
        for key in raw.keys() - {"default", "route"}:
            self._add(0, key, f"{key!r} is not a key here{_advice(key, ('default', 'route'))}")
        given = raw.get("default")
        if isinstance(given, dict):
            return self._target(0, given, "default")
        if given is None:
            text = "no default for calls that no route matches; write default = 'module:function'"
            self._add(0, "default", f"{text} or default = {{ reject = 'declined' }}")
        elif (problem := target_problem(given)) is not None or not isinstance(given, str):
            self._add(0, "default", f"default: {problem or 'give a text'}")
        return given

    def routes(self, raw: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        tables = raw.get("route", [])
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            self._add(0, "route", "'route' must be a list of tables; begin each route with [[route]]")
            return
        names: dict[str, int] = {}
        for number, table in enumerate(tables, 1):
            yield self._route(number, table, names)

    def _route(self, number: int, table: Mapping[str, Any], names: dict[str, int]) -> dict[str, Any]:
        where = f"route {number}"
        name = str(table.get("name") or where)
        where = where if name == where else f"{where} ({name})"
        if names.setdefault(name, number) != number:
            self._add(number, "name", f"{where}: route {names[name]} has this name too; rename one")
        for key in table.keys() - set(KEYS):
            self._add(number, key, f"{where}: {key!r} is not a key{_advice(key, KEYS)}")
        fields = {key: value for key, value in table.items() if key in KEYS and key not in _TARGETS}
        before = len(self.problems)
        target = self._target(number, table, where)
        reported = len(self.problems) > before
        for problem in problems_of({**fields, "plan": target}):
            if not (reported and problem.key == "plan"):
                self._add(number, problem.key, f"{where}: {problem.text}")
        return {**fields, "plan": target}

    def _target(self, number: int, table: Mapping[str, Any], where: str) -> Any:
        """Return the plan, the rejection or the refusal in this table; None if the table has none of these or has a
        mistake.
        """
        given = [key for key in _TARGETS if key in table]
        if len(given) != 1:
            found = f"it has {' and '.join(given)}" if given else "no plan"
            self._add(number, given[-1] if given else "", f"{where}: {found}; give one of plan, reject and refuse")
            return None
        key = given[0]
        value = table[key]
        try:
            if key == "plan":
                return value if isinstance(value, str) else self._wrong(number, key, where, value)
            return reject(value) if key == "reject" else answer_and_refuse(value)
        except PlanError as error:
            self._add(number, key, f"{where}: {error}")
            return None

    def _wrong(self, number: int, key: str, where: str, value: object) -> None:
        self._add(number, key, f"{where}: {key} is {value!r}; write it as 'module:function'")

    def _add(self, number: int, key: str, text: str) -> None:
        """Add a mistake with the line of the key, or with the first line of the route if the key has no line."""
        line = self._lines.get((number, key)) or self._lines.get((number, "")) or 1
        self.problems.append((line, text))


def _lines_of(text: str) -> dict[tuple[int, str], int]:
    """Return the line of each key, by route number and key. Route number 0 is the part before the first route."""
    lines: dict[tuple[int, str], int] = {}
    number, part = 0, ""
    for at, line in enumerate(text.splitlines(), 1):
        if _ROUTE.match(line):
            number, part = number + 1, ""
            lines[number, ""] = at
        elif found := _PART.match(line):
            part = found[1]
            lines[number, part] = at
        elif (found := _KEY.match(line)) and not part:
            lines.setdefault((number, found[1]), at)
    return lines


def _advice(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; the keys are {', '.join(known)}"
