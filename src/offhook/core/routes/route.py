"""One route: the conditions on a call, and the plan function for the calls that meet them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from offhook.core.answering import Refusal, Rejection
from offhook.core.errors import PlanError
from offhook.core.routes.checks import problems_of
from offhook.core.routes.patterns import matches, normalised
from offhook.core.routes.values import CallValues, header_key

__all__ = ["Conditions", "Patterns", "Route", "Target"]

Patterns = str | Sequence[str]
"""One pattern, or several patterns, of which at least one must match."""
Conditions = Mapping[str, tuple[str, ...]]
"""The patterns of a route by the key of the condition, such as "dialled", "header x-tenant" or "metadata.tenant"."""
Target = Callable[..., Any] | str | Rejection | Refusal
"""A plan function, its name as "module:function", `reject(…)` or `answer_and_refuse(…)`."""

_NUMBERS = ("dialled", "caller")
_ABSENT = {"dialled": "dialled number", "caller": "caller number"}


@dataclass(frozen=True, slots=True)
class Route:
    """Sends the calls that meet all conditions to a plan function.

    A condition is one pattern or several patterns. A pattern is an exact value, or a prefix that ends with `*`.
    `dialled` is the number, or the user part of the SIP address, that the caller dialled. `caller` is the caller's
    number. `headers` maps names of SIP headers to patterns. `metadata` maps fields of the dispatch metadata to
    patterns, and `room_metadata` maps fields of the room's metadata to patterns.

    Callers can choose their number and their headers. Therefore a route with `caller` or `headers` needs
    `trusting_caller=True`. `at_most` is the maximum number of simultaneous calls of this route in the journal of this
    worker. offhook rejects further calls as busy.
    """

    plan: Target
    name: str = ""
    dialled: Patterns = ()
    trunk: Patterns = ()
    caller: Patterns = ()
    room: Patterns = ()
    headers: Mapping[str, Patterns] = field(default_factory=dict)
    metadata: Mapping[str, Patterns] = field(default_factory=dict)
    room_metadata: Mapping[str, Patterns] = field(default_factory=dict)
    trusting_caller: bool = False
    at_most: int | None = None

    def __post_init__(self) -> None:
        fields = {name: getattr(self, name) for name in self.__slots__}
        if problems := problems_of(fields):
            where = f"Route {self.name!r}" if self.name else "Route"
            raise PlanError("\n".join(f"{where}: {problem.text}" for problem in problems))

    @property
    def conditions(self) -> Conditions:
        """The patterns of each condition, by the condition's key. Telephone numbers are normalised, so that they can be
        compared.
        """
        return dict(self._conditions())

    def _conditions(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for key in ("dialled", "trunk", "caller", "room"):
            if patterns := _several(getattr(self, key)):
                yield key, tuple(map(normalised, patterns)) if key in _NUMBERS else patterns
        for name, given in self.headers.items():
            yield header_key(name), _several(given)
        for kind in ("metadata", "room_metadata"):
            for name, given in getattr(self, kind).items():
                yield f"{kind}.{name}", _several(given)

    def compare(self, values: CallValues) -> tuple[bool, str]:
        """Return whether the call meets all conditions, and the reason in words."""
        met = []
        for key, patterns in self.conditions.items():
            found = values.get(key)
            if not found:
                return False, f"the call has no {_ABSENT.get(key, key)}"
            pair = next(((p, value) for p in patterns for value in found if matches(p, value)), None)
            if pair is None:
                return False, f"{key} is {found[0]!r}, not {' or '.join(map(repr, patterns))}"
            met.append(f"{key} {pair[1]!r} matches {pair[0]!r}" if pair[0] != pair[1] else f"{key} is {pair[1]!r}")
        return True, ", ".join(met)


def _several(given: Patterns) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
