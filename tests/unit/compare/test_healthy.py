"""Random healthy calls are the same with offhook and with LiveKit alone."""

import pytest

from offhook.testing.compare import TurnSpec, calls, compare, compare_all, written
from offhook.testing.compare.spec import CallSpec, Models, ToolSpec


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("models", "count"), [("told", 200), ("wires", 8), ("realtime", 8)])
def test_a_healthy_call_with_offhook_is_the_same_call(models: Models, count: int) -> None:
    wrong = [one for one in compare_all(calls(1, count, models)) if not one.same]
    assert not wrong, "\n".join(f"{written(one.spec)}: {[*map(str, one.found[:1])] or one.crash}" for one in wrong)


@pytest.mark.slow
def test_a_tool_that_a_realtime_model_was_interrupted_in_is_not_waited_for() -> None:
    slow = TurnSpec(tools=(ToolSpec("look_up", seconds=8.0),), words=True)
    compared = compare(CallSpec(turns=(slow, TurnSpec(after=2.5)), models="realtime"))
    assert compared.same, [*map(str, compared.found), compared.crash]
