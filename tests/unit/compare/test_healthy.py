"""Random healthy calls are the same with offhook and with LiveKit alone."""

import pytest

from offhook.testing.compare import TurnSpec, compare
from offhook.testing.compare.spec import CallSpec, Models, ToolSpec

from .parts import differing

PARTS: list[tuple[Models, int, int]] = [
    *(("told", first, first + 20) for first in range(80, 140, 20)),
    ("wires", 0, 3),
    ("realtime", 0, 3),
]
"""The models, and the first call and the end of a part of all calls."""


@pytest.mark.slow
@pytest.mark.parametrize(("models", "first", "end"), PARTS)
def test_a_healthy_call_with_offhook_is_the_same_call(models: Models, first: int, end: int) -> None:
    assert differing(models, first, end) == []


@pytest.mark.slow
def test_a_tool_that_a_realtime_model_was_interrupted_in_is_not_waited_for() -> None:
    slow = TurnSpec(tools=(ToolSpec("look_up", seconds=8.0),), words=True)
    compared = compare(CallSpec(turns=(slow, TurnSpec(after=2.5)), models="realtime"))
    assert compared.same, [*map(str, compared.found), compared.crash]
