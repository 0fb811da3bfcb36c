"""Replaces the clock in the defaults of pydantic models and dataclasses: for example,
`Field(default_factory=time.time)` captures the real clock at import.

For a pydantic model, this module builds a second validator, once per process, and installs that validator during each
run. For a dataclass, this module replaces the clock in the closure of `__init__`. In livekit-agents 1.8.9, 24 models
and 5 dataclasses have a clock as a default.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from pydantic import BaseModel
from pydantic_core import SchemaValidator

from offhook.testing.virtual.patch import patch

__all__ = ["virtual_dataclass_clocks"]

Clock = Callable[[], float]

_WHERE = "livekit.agents"


class _Switch:
    """The clock in the second validator of a model. The validator is kept for later runs, so this clock returns the
    time of the current run.
    """

    def __init__(self, real: Clock) -> None:
        self.now = real

    def __call__(self) -> float:
        return self.now()


_SWITCHES: dict[Clock, _Switch] = {}
_REBUILT: dict[type[BaseModel], SchemaValidator | None] = {}
_SCANNED: set[str] = set()
_LAST_MODULES: list[tuple[int, str]] = []
"""The number of loaded modules at the last scan, and the name of the module that was loaded last."""
_CLOSURES: list[tuple[Callable[..., None], int, Clock]] = []
"""For each `__init__` with a clock: the function, the index of the closure cell with the clock, and the real clock."""


@contextmanager
def virtual_dataclass_clocks(clocks: Mapping[Clock, Clock]) -> Iterator[None]:
    """Replace the real clocks in the defaults of all loaded models and dataclasses of livekit-agents while the block
    runs.

    `clocks` has the real clocks as keys and the virtual clocks as values.
    """
    for real in clocks:
        _SWITCHES.setdefault(real, _Switch(real))
    _scan(set(clocks))
    with ExitStack() as stack:
        for real, virtual in clocks.items():
            patch(stack, _SWITCHES[real], "now", virtual)
        for model, validator in _REBUILT.items():
            if validator is not None:
                patch(stack, model, "__pydantic_validator__", validator)
        for function, index, real in _CLOSURES:
            stack.callback(_set_clock, function, index, real)
            _set_clock(function, index, clocks[real])
        yield


def _set_clock(function: Callable[..., None], index: int, clock: Clock) -> None:
    cells = function.__closure__
    assert cells is not None
    cells[index].cell_contents = clock


def _scan(clocks: set[Clock]) -> None:
    """Find the models and dataclasses of livekit-agents that were loaded since the last scan."""
    loaded = (len(sys.modules), next(reversed(sys.modules)))
    if loaded in _LAST_MODULES:
        return
    _LAST_MODULES[:] = [loaded]
    for name in [name for name in sys.modules if name.startswith(_WHERE) and name not in _SCANNED]:
        _SCANNED.add(name)
        for value in list(vars(sys.modules[name]).values()):
            if isinstance(value, type) and value.__module__.startswith(_WHERE):
                _register(value, clocks)


def _register(value: type, clocks: set[Clock]) -> None:
    if issubclass(value, BaseModel):
        if value not in _REBUILT:
            _REBUILT[value] = _rebuilt(value, clocks)
        return
    start = value.__dict__.get("__init__")
    for index, cell in enumerate(getattr(start, "__closure__", None) or ()):
        if _is_clock(cell.cell_contents, clocks) and not any(known is start for known, _, _ in _CLOSURES):
            _CLOSURES.append((start, index, cell.cell_contents))  # type: ignore[arg-type]  # `start` has a closure


def _is_clock(value: object, clocks: set[Clock]) -> bool:
    return callable(value) and getattr(value, "__module__", "") == "time" and value in clocks


def _rebuilt(model: type[BaseModel], clocks: set[Clock]) -> SchemaValidator | None:
    switches = {
        name: _SWITCHES[field.default_factory]  # type: ignore[index]  # `_is_clock` has checked it
        for name, field in model.model_fields.items()
        if _is_clock(field.default_factory, clocks)
    }
    if not switches:
        return None
    schema = _plain(model.__pydantic_core_schema__)
    node = schema
    while node["type"] != "model":
        node = node["schema"]
    for name, switch in switches.items():
        node["schema"]["fields"][name]["schema"]["default_factory"] = switch
    # By default, pydantic-core uses the existing validator of the class instead of this schema.
    return SchemaValidator(schema, node.get("config"), _use_prebuilt=False)


def _plain(value: Any) -> Any:
    """Return a copy of nested mappings and lists. The copy shares all other values with the original."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
