"""A served agent, with the defaults of `serve`, does no harm that LiveKit alone does not do."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest

from offhook.testing.compare import (
    CallSpec,
    ToolSpec,
    TurnSpec,
    judge_all,
    judge_served,
    play,
    served_calls,
    written,
)
from offhook.testing.compare.harm import judge
from offhook.testing.compare.spec import EnterSpec, HookSpec, ToolKind

from .parts import assert_no_harm

LONG = "There are three of them. The first is by the window. The second is in the garden. The last is upstairs."
HANDOFFS: tuple[ToolKind, ...] = ("handoff", "update_agent")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Else the lost errors of the agents are logged later, in another test; CPython 3.11 fails if it parses then."""
    yield
    gc.collect()


@pytest.mark.slow
def test_words_said_into_the_last_line_of_an_agent_reach_the_next_agent() -> None:
    for kind in HANDOFFS:
        for after in (0.8, 1.9):
            leaves = TurnSpec("types", tools=(ToolSpec("transfer", kind),))
            ours = play(CallSpec(turns=(leaves, TurnSpec(after=after)), plan=True), "ours")
            assert "user: please tell me about number two" in ours.requests[-1].items, (kind, after)


@pytest.mark.slow
def test_words_whose_turn_ends_in_a_handoff_reach_the_next_agent_or_task() -> None:
    assert_no_harm(1000295, 1000465, 2000200, 4000061, 5000974, 13000479, 14000634, 14000851)


@pytest.mark.slow
def test_an_answer_to_words_that_a_handoff_dropped_is_no_harm_only_if_livekit_alone_dropped_them_too() -> None:
    call = next(one for one in served_calls(4, 1_000) if one.seed == 4000061)
    alone, ours = play(call, "alone"), play(call, "ours")
    judged = judge(call, alone, ours)
    assert "kept words" in [one.kind for one in judged]
    assert not any(one.harm for one in judged)
    uncarried = replace(ours, records=[one for one in ours.records if one.name != "WordsCarried"])
    said = [one for one in ours.records if one.name == "MessageCommitted" and one.body["role"] == "user"]
    for one, other in ((alone, uncarried), (replace(alone, records=[*alone.records, *said]), ours)):
        assert "another answer" in [found.kind for found in judge(call, one, other) if found.harm]


@pytest.mark.slow
def test_words_said_into_the_last_line_before_a_task_reach_the_task_while_its_tool_runs() -> None:
    tools = (ToolSpec("ask", "task", seconds=2.0), ToolSpec("look_up", "updates"))
    call = CallSpec(turns=(TurnSpec("types", tools=tools), TurnSpec(after=2.2)), plan=True)
    ours = play(call, "ours")
    assert [one.name for one in ours.records if one.name == "PausePlayout"], "the caller spoke into no line"
    assert any("user: please tell me about number two" in one.items for one in ours.requests)


@pytest.mark.slow
def test_words_that_begin_just_before_the_end_of_the_line_before_a_task_reach_the_task() -> None:
    line = TurnSpec(
        "types", answer="We are open from noon until ten.", words=True, tools=(ToolSpec("ask", "task", 2.6),)
    )
    for after in (1.7, 1.9, 2.3):
        ours = play(CallSpec(turns=(line, TurnSpec(after=after)), plan=True), "ours")
        asked = [one for one in ours.requests if "user: please tell me about number two" in one.items]
        assert [one.tools for one in asked[:1]] == [("write_down",)], after


@pytest.mark.slow
def test_a_backchannel_that_livekit_takes_for_a_turn_is_no_harm() -> None:
    call = CallSpec(turns=(TurnSpec(), TurnSpec("backchannel", after=1.0)), plan=True)
    judged = judge_served(call)
    assert "spoke on" in [one.kind for one in judged.found]
    assert judged.harm == []


@pytest.mark.slow
def test_a_cough_that_pauses_the_agent_is_no_harm() -> None:
    call = CallSpec(turns=(TurnSpec(answer=LONG), TurnSpec("cough", after=2.5)), plan=True)
    judged = judge_served(call)
    assert "paused and went on" in [one.kind for one in judged.found]
    assert judged.harm == []


@pytest.mark.slow
def test_calls_with_words_at_a_handoff_or_right_before_an_answer_have_no_harm() -> None:
    before_handoffs = (1000122, 1000134, 1000163, 1000277, 1000333, 1000359, 1000399, 1000444, 1000459, 1000479)
    assert_no_harm(*before_handoffs, 1000505, 1000669, 1000828)


@pytest.mark.slow
def test_a_line_before_a_task_goes_on_and_its_silent_end_is_not_paused() -> None:
    assert_no_harm(2000870, 2000905, 2000967, 4000049, 4000113, 7000395, 11000796, 11000864, 12000356)


@pytest.mark.slow
def test_calls_in_which_turns_have_other_numbers_or_words_move_the_call_have_no_harm() -> None:
    assert_no_harm(2000174, 2000400, 2000475, 2000758, 3000163, 3000802)


@pytest.mark.slow
def test_calls_in_which_a_sound_or_a_tool_comes_at_the_end_of_a_wait_have_no_harm() -> None:
    assert_no_harm(2000162, 2000358, 3000411, 3000685, 3000953, 3000996)


@pytest.mark.slow
def test_calls_in_which_the_caller_goes_on_while_the_agents_code_works_have_no_harm() -> None:
    assert_no_harm(5000145, 5000151, 5000208, 5000456, 5000517, 5000648, 5000947, 5001003, 7000865, 7000916, 13000364)


@pytest.mark.slow
def test_a_paused_line_that_the_agents_code_ends_is_no_harm_but_a_line_that_ends_by_itself_is() -> None:
    works = TurnSpec(tools=(ToolSpec("look_up", "interrupts", 3.0),), words=True, answer=LONG)
    call = CallSpec(turns=(works, TurnSpec("cough", after=3.0)), plan=True)
    alone, ours = play(call, "alone"), play(call, "ours")
    assert "stopped sooner" in [one.kind for one in judge(call, alone, ours)]
    by_itself = replace(ours, records=[one for one in ours.records if one.name != "PlayoutPaused"])
    assert "interrupted" in [one.kind for one in judge(call, alone, by_itself)]


@pytest.mark.slow
def test_a_tool_is_no_harm_if_a_backchannel_ended_its_answer_with_livekit_alone() -> None:
    works = TurnSpec(tools=(ToolSpec("look_up"),), words=True, pace=5.0, answer=LONG)
    call = CallSpec(turns=(works, TurnSpec("backchannel", after=3.0), TurnSpec()), plan=True)
    alone, ours = play(call, "alone"), play(call, "ours")
    assert (len(alone.tools), len(ours.tools)) == (0, 1)
    assert not any(one.harm for one in judge(call, alone, ours))
    once = replace(alone, requests=[one for one in alone.requests if one.items[-1] != "user: mhm"])
    assert "another answer" in [one.kind for one in judge(call, once, ours)]


@pytest.mark.slow
def test_words_that_reach_neither_the_model_nor_the_hook_are_lost_although_the_hook_stops_turns() -> None:
    call = CallSpec(turns=(TurnSpec(), TurnSpec()), hook=HookSpec("stops", every=2), plan=True)
    alone, ours = play(call, "alone"), play(call, "ours")
    assert not any(one.harm for one in judge(call, alone, ours))
    unheard = replace(ours, requests=ours.requests[:1], turns=ours.turns[:1])
    assert [one.what for one in judge(call, alone, unheard) if one.kind == "lost words"] == [
        "please tell me about number two"
    ]


@pytest.mark.slow
def test_a_tool_that_runs_twice_or_never_is_harm() -> None:
    call = CallSpec(turns=(TurnSpec(tools=(ToolSpec("look_up"),)),), plan=True)
    alone, ours = play(call, "alone"), play(call, "ours")
    for tools in ([], [*ours.tools, *ours.tools]):
        assert "another answer" in [one.kind for one in judge(call, alone, replace(ours, tools=tools))], tools


@pytest.mark.slow
def test_the_result_of_a_tool_that_only_livekit_alone_loses_is_no_harm() -> None:
    works = TurnSpec(tools=(ToolSpec("look_up", seconds=8.5),), words=True)
    call = CallSpec(turns=(works, TurnSpec(after=1.0)), plan=True)
    alone, ours = play(call, "alone"), play(call, "ours")
    found = judge(call, alone, ours)
    assert "kept result" in [one.kind for one in found]
    assert not any(one.harm for one in found)
    *before, last = alone.requests
    answers = replace(last, items=(*last.items, "output: look_up: look_up is ready"))
    got = replace(alone, requests=[*before, answers])
    assert "another answer" in [one.kind for one in judge(call, got, ours)]
    by_itself = replace(ours, records=[one for one in ours.records if one.name != "SpeechEnded"])
    assert "another answer" in [one.kind for one in judge(call, alone, by_itself)]


@pytest.mark.slow
def test_an_on_enter_that_livekit_lets_not_speak_has_failed() -> None:
    tools = (ToolSpec("leave", "update_agent", seconds=2.0), ToolSpec("ask", "task", seconds=0.5))
    call = CallSpec(turns=(TurnSpec(tools=tools),), other_enter=EnterSpec(seconds=6.0), plan=True)
    assert play(call, "alone").raised


@pytest.mark.slow
def test_a_missing_answer_a_late_answer_and_repeated_requests_are_harm() -> None:
    call = CallSpec(turns=(TurnSpec(),), plan=True)
    alone, ours = play(call, "alone"), play(call, "ours")
    silent = replace(ours, lines=ours.lines[:1], sound=ours.sound[:1])
    assert "another answer" in [one.kind for one in judge(call, alone, silent)]
    line, (first, last) = ours.lines[1], ours.sound[1]
    moved = replace(line, began=line.began + 3.0)
    late = replace(ours, lines=[ours.lines[0], moved], sound=[ours.sound[0], (first + 3.0, last + 3.0)])
    assert "late" in [one.kind for one in judge(call, alone, late)]
    again = replace(ours, requests=[*ours.requests, *ours.requests])
    assert "more requests" in [one.kind for one in judge(call, alone, again)]


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 20])
def test_generated_calls_of_served_agents_have_no_harm(first: int) -> None:
    wrong = [one for one in judge_all(islice(served_calls(1, first + 20), first, None), workers=1) if one.harm]
    assert not wrong, "\n".join(f"{written(one.spec)}: {one.harm[0]}" for one in wrong)
