"""Makes a failing call smaller, one feature at a time, as long as the smaller call fails in the same way."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from offhook.testing.compare.spec import CallSpec, ToolSpec, TurnSpec

__all__ = ["shrink"]


def shrink(spec: CallSpec, fails: Callable[[CallSpec], bool], *, most: int = 150) -> CallSpec:
    """Return the smallest spec found for which `fails` is true; `fails` is called at most `most` times."""
    tried = 0
    while tried < most:
        for smaller in _smaller(spec):
            tried += 1
            if fails(smaller):
                spec = smaller
                break
            if tried >= most:
                return spec
        else:
            return spec
    return spec


def _smaller(spec: CallSpec) -> Iterator[CallSpec]:
    if len(spec.turns) > 1:
        for index in reversed(range(len(spec.turns))):
            yield replace(spec, turns=spec.turns[:index] + spec.turns[index + 1 :])
    default = CallSpec()
    for one in fields(spec):
        if one.name not in ("seed", "turns") and getattr(spec, one.name) != getattr(default, one.name):
            changed: dict[str, Any] = {one.name: getattr(default, one.name)}
            yield replace(spec, **changed)
            for part in _simpler(getattr(spec, one.name)):
                changed = {one.name: part}
                yield replace(spec, **changed)
    for index, turn in enumerate(spec.turns):
        for smaller in (*_fewer(turn), *_simpler(turn)):
            yield replace(spec, turns=(*spec.turns[:index], smaller, *spec.turns[index + 1 :]))


def _fewer(turn: TurnSpec) -> Iterator[TurnSpec]:
    """Yield copies of the turn: in each copy, one tool is removed or simplified."""
    for index, tool in enumerate(turn.tools):
        before, after = turn.tools[:index], turn.tools[index + 1 :]
        yield replace(turn, tools=before + after)
        for plain in (replace(tool, seconds=0.0), ToolSpec(tool.name, seconds=tool.seconds)):
            if plain != tool:
                yield replace(turn, tools=(*before, plain, *after))


def _simpler(value: Any) -> Iterator[Any]:
    """Yield copies of the value: in each copy, one field has its default."""
    if not is_dataclass(value) or isinstance(value, type):
        return
    default = type(value)()
    for one in fields(value):
        if one.name != "tools" and getattr(value, one.name) != getattr(default, one.name):
            yield replace(value, **{one.name: getattr(default, one.name)})
