"""Which words of the caller LiveKit alone leaves without an answer, so that offhook may answer."""

import pytest

from offhook.testing.compare import CallSpec, ToolSpec, TurnSpec, play, written
from offhook.testing.compare.excuse import unanswered
from offhook.testing.compare.spec import EnterSpec, HookSpec


@pytest.mark.slow
def test_offhook_may_answer_words_that_the_agents_code_neither_answers_nor_declines() -> None:
    silent, declines = ToolSpec("look_up", "none"), ToolSpec("close", "stop_response", 2.0)
    calls = [
        (CallSpec(turns=(TurnSpec(tools=(silent,)),), plan=True), True),
        (CallSpec(turns=(TurnSpec(tools=(declines,)),), plan=True), False),
        (CallSpec(turns=(TurnSpec(tools=(declines,)), TurnSpec(after=1.0, tools=(silent,))), plan=True), True),
        (CallSpec(turns=(TurnSpec(tools=(silent,)),), hook=HookSpec("stops", every=1), plan=True), False),
        (CallSpec(turns=(TurnSpec(tools=(silent,)),), hook=HookSpec("stops", every=2), plan=True), True),
    ]
    for call, due in calls:
        alone = play(call, "alone")
        assert unanswered(call, alone, alone.caller[-1][1] + 6.0) is due, written(call)


@pytest.mark.slow
def test_offhook_may_answer_words_that_livekit_alone_leaves_until_the_callers_next_words() -> None:
    tools = (ToolSpec("look_up", "none"), ToolSpec("look_up", seconds=2.0), ToolSpec("look_up", "stop_response"))
    for tool, due in zip(tools, (True, False, False), strict=True):
        call = CallSpec(turns=(TurnSpec(tools=(tool,)), TurnSpec(after=4.0)), plan=True)
        alone = play(call, "alone")
        assert unanswered(call, alone, alone.caller[0][1] + 2.5) is due, written(call)


@pytest.mark.slow
def test_a_tool_that_has_not_interrupted_yet_does_not_decline() -> None:
    for seconds, due in ((0.0, False), (30.0, True)):
        tools = (ToolSpec("look_up", "interrupts", seconds), ToolSpec("ask", "task"))
        call = CallSpec(turns=(TurnSpec(tools=tools),), other_enter=EnterSpec("nothing"), plan=True)
        alone = play(call, "alone")
        assert unanswered(call, alone, alone.caller[-1][1] + 6.0) is due, written(call)
