"""Random healthy calls are the same with offhook and with LiveKit alone."""

from itertools import islice

import pytest

from offhook.testing.compare import TurnSpec, calls, compare, compare_all, written
from offhook.testing.compare.spec import CallSpec, Models, ToolSpec

PARTS: list[tuple[Models, int, int]] = [
    *(("told", first, first + 50) for first in range(0, 200, 50)),
    ("wires", 0, 8),
    ("realtime", 0, 8),
]
"""The models, and the first call and the end of a part of all calls."""


@pytest.mark.slow
@pytest.mark.parametrize(("models", "first", "end"), PARTS)
def test_a_healthy_call_with_offhook_is_the_same_call(models: Models, first: int, end: int) -> None:
    part = islice(calls(1, end, models), first, None)
    wrong = [one for one in compare_all(part, workers=1) if not one.same]  # the parts run at the same time
    assert not wrong, "\n".join(f"{written(one.spec)}: {[*map(str, one.found[:1])] or one.crash}" for one in wrong)


@pytest.mark.slow
def test_a_tool_that_a_realtime_model_was_interrupted_in_is_not_waited_for() -> None:
    slow = TurnSpec(tools=(ToolSpec("look_up", seconds=8.0),), words=True)
    compared = compare(CallSpec(turns=(slow, TurnSpec(after=2.5)), models="realtime"))
    assert compared.same, [*map(str, compared.found), compared.crash]
