"""A served agent, with the defaults of `serve`, does no harm that LiveKit alone does not do."""

from itertools import islice

import pytest

from offhook.testing.compare import CallSpec, ToolSpec, TurnSpec, judge_all, judge_served, play, served_calls, written
from offhook.testing.compare.spec import ToolKind

HANDOFFS: tuple[ToolKind, ...] = ("handoff", "update_agent")


def test_words_said_into_the_last_line_of_an_agent_reach_the_next_agent() -> None:
    for kind in HANDOFFS:
        for after in (0.8, 1.9):
            leaves = TurnSpec("types", tools=(ToolSpec("transfer", kind),))
            ours = play(CallSpec(turns=(leaves, TurnSpec(after=after)), plan=True), "ours")
            assert "user: please tell me about number two" in ours.requests[-1].items, (kind, after)


def test_a_backchannel_that_livekit_takes_for_a_turn_is_no_harm() -> None:
    call = CallSpec(turns=(TurnSpec(), TurnSpec("backchannel", after=1.0)), plan=True)
    judged = judge_served(call)
    assert "spoke on" in [one.kind for one in judged.found]
    assert judged.harm == []


def test_a_cough_that_pauses_the_agent_is_no_harm() -> None:
    long = "There are three of them. The first is by the window. The second is in the garden. The last is upstairs."
    call = CallSpec(turns=(TurnSpec(answer=long), TurnSpec("cough", after=2.5)), plan=True)
    judged = judge_served(call)
    assert "paused and went on" in [one.kind for one in judged.found]
    assert judged.harm == []


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 40])
def test_generated_calls_of_served_agents_have_no_harm(first: int) -> None:
    wrong = [one for one in judge_all(islice(served_calls(1, first + 40), first, None), workers=1) if one.harm]
    assert not wrong, "\n".join(f"{written(one.spec)}: {one.harm[0]}" for one in wrong)
