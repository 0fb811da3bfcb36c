"""Clocks that data classes took at import: `Field(default_factory=time.time)` knows nothing of a later patch.

A pydantic model's validator is built anew with the virtual clock, once per process; a dataclass keeps its default in
the closure of its `__init__`. livekit-agents 1.8.9 has 30 of the former and 5 of the latter.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from pydantic import BaseModel
from pydantic_core import SchemaValidator

from offhook.testing.virtual.swap import swap

__all__ = ["virtual_stamps"]

Clock = Callable[[], float]

_WHERE = "livekit.agents"


class _Switch:
    """A clock for a rebuilt validator: whichever is in force now. The validator outlives the run."""

    def __init__(self, real: Clock) -> None:
        self.now = real

    def __call__(self) -> float:
        return self.now()


_SWITCHES: dict[Clock, _Switch] = {}
_REBUILT: dict[type[BaseModel], SchemaValidator | None] = {}
_SEEN: set[str] = set()
_LOADED: list[tuple[int, str]] = []
"""How many modules there were at the last look, and the last of them."""
_STAMPED: list[tuple[Callable[..., None], int, Clock]] = []
"""Functions, and which cell of their closure holds which real clock."""


@contextmanager
def virtual_stamps(clocks: Mapping[Clock, Clock]) -> Iterator[None]:
    """Use these clocks (real one: virtual one) for defaults of data classes that livekit-agents has loaded."""
    for real in clocks:
        _SWITCHES.setdefault(real, _Switch(real))
    _look(set(clocks))
    with ExitStack() as stack:
        for real, virtual in clocks.items():
            swap(stack, _SWITCHES[real], "now", virtual)
        for model, validator in _REBUILT.items():
            if validator is not None:
                swap(stack, model, "__pydantic_validator__", validator)
        for function, index, real in _STAMPED:
            stack.callback(_fill, function, index, real)
            _fill(function, index, clocks[real])
        yield


def _fill(function: Callable[..., None], index: int, clock: Clock) -> None:
    cells = function.__closure__
    assert cells is not None
    cells[index].cell_contents = clock


def _look(clocks: set[Clock]) -> None:
    """Find what was loaded since the last look."""
    loaded = (len(sys.modules), next(reversed(sys.modules)))
    if loaded in _LOADED:
        return
    _LOADED[:] = [loaded]
    for name in [name for name in sys.modules if name.startswith(_WHERE) and name not in _SEEN]:
        _SEEN.add(name)
        for value in list(vars(sys.modules[name]).values()):
            if isinstance(value, type) and value.__module__.startswith(_WHERE):
                _take(value, clocks)


def _take(value: type, clocks: set[Clock]) -> None:
    if issubclass(value, BaseModel):
        if value not in _REBUILT:
            _REBUILT[value] = _rebuilt(value, clocks)
        return
    start = value.__dict__.get("__init__")
    for index, cell in enumerate(getattr(start, "__closure__", None) or ()):
        if _is_clock(cell.cell_contents, clocks) and not any(known is start for known, _, _ in _STAMPED):
            _STAMPED.append((start, index, cell.cell_contents))  # type: ignore[arg-type]  # it has a closure


def _is_clock(value: object, clocks: set[Clock]) -> bool:
    return callable(value) and getattr(value, "__module__", "") == "time" and value in clocks


def _rebuilt(model: type[BaseModel], clocks: set[Clock]) -> SchemaValidator | None:
    stamped = {
        name: _SWITCHES[field.default_factory]  # type: ignore[index]  # it is one of the clocks
        for name, field in model.model_fields.items()
        if _is_clock(field.default_factory, clocks)
    }
    if not stamped:
        return None
    schema = _plain(model.__pydantic_core_schema__)
    node = schema
    while node["type"] != "model":
        node = node["schema"]
    for name, switch in stamped.items():
        node["schema"]["fields"][name]["schema"]["default_factory"] = switch
    # Without this, pydantic-core takes the finished validator of the class instead of the schema that we give it.
    return SchemaValidator(schema, node.get("config"), _use_prebuilt=False)


def _plain(value: Any) -> Any:
    """A deep copy of the containers only."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
