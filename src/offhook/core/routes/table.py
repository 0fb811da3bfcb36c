"""All routes of a worker, in order. The first route that matches a call takes the call."""

from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Literal

from offhook.core.call import Call
from offhook.core.errors import PlanError
from offhook.core.routes.checks import target_problem
from offhook.core.routes.parse import parse_routes
from offhook.core.routes.patterns import covers
from offhook.core.routes.route import Conditions, Route, Target
from offhook.core.routes.values import CallValues

__all__ = ["DEFAULT", "Choice", "Routes", "Tried"]

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Choice:
    """The target that takes the call, with the name of its route; `why` has the conditions that the call meets."""

    route: str
    plan: Target
    why: str = ""
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """The result of a route for a call: the route takes the call, matches too (but an earlier route takes the call), or
    does not match.
    """

    route: str
    result: Literal["takes the call", "matches too", "no match"]
    why: str


@dataclass(frozen=True, slots=True, init=False)
class Routes:
    """The routes of a worker. The first route that matches takes the call, and `default` takes all other calls.

    A `Routes` object can be the plan of a server, `serve(routes)`, or can be used inside a plan function:
    `routes.match(call)`.
    """

    routes: tuple[Route, ...]
    default: Target

    def __init__(self, *routes: Route, default: Target) -> None:
        for number, route in enumerate(routes, 1):
            if not isinstance(route, Route):
                raise PlanError(f"Routes(…): argument {number} is {type(route).__name__}; give Route(…)")
        if (problem := target_problem(default)) is not None:
            raise PlanError(f"Routes(default=…): {problem}")
        named = tuple(one if one.name else replace(one, name=f"route {n}") for n, one in enumerate(routes, 1))
        names = [one.name for one in named]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise PlanError(f"Routes(…): two routes have the name {', '.join(map(repr, doubled))}; rename one")
        object.__setattr__(self, "routes", named)
        object.__setattr__(self, "default", default)

    @classmethod
    def from_toml(cls, path: str | Path) -> "Routes":
        """Read routes from a TOML file. `PlanError` lists all mistakes in the file, each with its line."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PlanError(f"{path} cannot be read ({error}); give a TOML file in UTF-8") from None
        routes, default = parse_routes(text, str(path))
        return cls(*routes, default=default)

    @property
    def headers(self) -> tuple[str, ...]:
        """The names of the SIP headers that the routes compare."""
        return tuple(dict.fromkeys(name.lower() for route in self.routes for name in route.headers))

    def match(self, call: Call | CallValues) -> Choice:
        """Return the target for this call and the route that chose the target."""
        values = call if isinstance(call, CallValues) else CallValues.of_call(call)
        for route in self.routes:
            matched, why = route.compare(values)
            if matched:
                return Choice(route.name, route.plan, why, route.at_most)
        return Choice(DEFAULT, self.default, "no route matches")

    def explain(self, call: Call | CallValues) -> list[Tried]:
        """Return the result of each route for this call, in order; the last result is that of the default."""
        values = call if isinstance(call, CallValues) else CallValues.of_call(call)
        tried: list[Tried] = []
        taken = False
        for route in self.routes:
            matched, why = route.compare(values)
            tried.append(Tried(route.name, _result(matched=matched, taken=taken), why))
            taken = taken or matched
        why = "an earlier route takes the call" if taken else "no route matches"
        return [*tried, Tried(DEFAULT, "no match" if taken else "takes the call", why)]

    def unreachable(self) -> list[tuple[str, str]]:
        """Return each route that can never take a call, with the earlier route that takes all of its calls."""
        found: dict[str, str] = {}
        for earlier, later in combinations(self.routes, 2):
            if _covers(earlier.conditions, later.conditions):
                found.setdefault(later.name, earlier.name)
        return list(found.items())

    def overlaps(self) -> list[tuple[str, str]]:
        """Return the pairs of routes that overlap: some calls match both routes, but neither route matches all calls of
        the other route.
        """
        return [
            (earlier.name, later.name)
            for earlier, later in combinations(self.routes, 2)
            if _meet(earlier.conditions, later.conditions)
            and not _covers(earlier.conditions, later.conditions)
            and not _covers(later.conditions, earlier.conditions)
        ]


def _result(*, matched: bool, taken: bool) -> Literal["takes the call", "matches too", "no match"]:
    if not matched:
        return "no match"
    return "matches too" if taken else "takes the call"


def _covers(wide: Conditions, narrow: Conditions) -> bool:
    """True if every call that meets the narrow conditions also meets the wide conditions."""
    return all(
        key in narrow and all(any(covers(mine, theirs) for mine in patterns) for theirs in narrow[key])
        for key, patterns in wide.items()
    )


def _meet(one: Conditions, other: Conditions) -> bool:
    """True if one call may meet both groups of conditions: for each key that is in both groups, a pattern of one group
    covers a pattern of the other group.
    """
    return all(
        any(covers(mine, theirs) or covers(theirs, mine) for mine in one[key] for theirs in other[key])
        for key in one.keys() & other.keys()
    )
