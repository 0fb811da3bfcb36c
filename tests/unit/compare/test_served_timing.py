"""Calls in which offhook's longer wait at the end of a turn changes what LiveKit does next, without harm. Without the
recorded fact that explains the difference, the same difference is harm.
"""

import gc
from dataclasses import replace
from functools import cache

import pytest

from offhook.testing.compare import CallSpec, Played, play, served_calls
from offhook.testing.compare.harm import judge

from .parts import assert_no_harm


@pytest.mark.slow
def test_calls_in_which_livekit_delivers_a_result_later_or_prepares_an_answer_twice_have_no_harm() -> None:
    assert_no_harm(2000490, 4000030, 4000465)


@pytest.mark.slow
def test_an_answer_that_livekit_prepares_again_because_a_tool_ended_may_come_later() -> None:
    assert harms(4000945) == []
    assert "another answer" in harms(4000945, without="PreemptiveAnswer")


@pytest.mark.slow
def test_a_tool_that_the_model_does_not_call_because_the_caller_speaks_first_is_no_harm() -> None:
    assert harms(4000947) == []
    assert "another answer" in harms(4000947, without="SpeechEnded")


@pytest.mark.slow
def test_a_greeting_that_waits_behind_the_answer_to_words_that_only_livekit_alone_lost_is_no_harm() -> None:
    for number in (4000611, 1000087):
        assert harms(number) == []
        for name in ("SpeechCreated", "MessageCommitted"):
            assert "another answer" in harms(number, without=name)


@pytest.mark.slow
def test_a_greeting_that_does_not_follow_the_answer_to_words_that_only_livekit_alone_lost_is_harm() -> None:
    call, alone, ours = played(1000087)
    answer, greeting = [one for one in ours.records if one.name == "SpeechCreated"][-2:]
    for speech in (answer, greeting):
        end = replace(greeting, name="SpeechEnded", at=greeting.at + 0.1, body={**speech.body, "interrupted": ""})
        assert "another answer" in found(call, alone, replace(ours, records=[*ours.records, end]))
    stuck = replace(ours, busy=[one for one in ours.busy if one[1] < 45.0], sound=ours.sound[:-1])
    assert "another answer" in found(call, alone, stuck)


@pytest.mark.slow
def test_a_tool_that_interrupts_an_answer_earlier_is_no_harm() -> None:
    assert harms(4000844) == harms(4000407) == []
    assert "another answer" in harms(4000407, without="ToolEnded")


@pytest.mark.slow
def test_a_line_that_the_callers_words_ended_may_be_said_again() -> None:
    assert harms(2000905) == []
    call, alone, ours = played(2000905)
    once = replace(ours, lines=[one for one in ours.lines if one.text != "Please"])
    assert "late" in found(call, alone, once)


@pytest.mark.slow
def test_the_short_rest_of_a_line_before_a_task_may_go_on_during_the_callers_words() -> None:
    assert harms(6000324) == []
    assert "cut in" in harms(6000324, without="PlayoutKept")


@pytest.mark.slow
def test_words_in_the_silence_of_a_line_without_a_tool_are_answered_as_early_as_with_livekit_alone() -> None:
    assert harms(6000371) == []


@pytest.mark.slow
def test_a_backchannel_that_the_agents_hook_changes_is_a_backchannel() -> None:
    assert harms(6000740) == []


@pytest.mark.slow
def test_words_that_only_livekit_alone_lost_may_end_the_answer_about_a_tool() -> None:
    assert harms(6000368) == []
    assert "another answer" in harms(6000368, without="TurnCommitted")


@pytest.mark.slow
def test_a_tool_that_ends_while_our_agent_waits_for_the_end_of_the_turn_may_have_its_own_request() -> None:
    assert harms(6000413) == []
    assert {"another answer", "more requests"} <= {*harms(6000413, without="ToolEnded")}
    assert "another answer" in harms(6000413, without="TurnCommitted")


@pytest.mark.slow
def test_a_result_that_livekit_alone_delivers_later_because_of_a_backchannel_may_come_without_a_request() -> None:
    assert harms(6000735) == []
    call, alone, ours = played(6000735)
    silent = replace(alone, caller=[one for one in alone.caller if one[2] != "mhm"])
    without_result = replace(ours, requests=[one for one in ours.requests if "failed: gamma" not in str(one.items)])
    for left, right in ((silent, ours), (alone, without_result)):
        assert "another answer" in found(call, left, right)


@pytest.mark.slow
def test_words_may_end_a_line_that_offhook_resumed_right_before() -> None:
    assert harms(4000641) == []
    assert "interrupted" in harms(4000641, without="ResumePlayout")


@pytest.mark.slow
def test_a_text_that_the_caller_types_right_after_words_does_not_postpone_the_filler() -> None:
    for number, spoken in (
        (4000501, "please tell me about number three"),
        (3000980, "please tell me about number two"),
    ):
        assert harms(number) == []
        call, alone, ours = played(number)
        typed = replace(ours, caller=[one for one in ours.caller if one[2] != spoken])
        assert "intervention" in found(call, alone, typed)
        ended = next(last for _, last, text in ours.caller if text == spoken)
        answered = replace(ours, sound=[*ours.sound, (ended + 0.01, ended + 0.05)])
        assert "intervention" in found(call, alone, answered)


@cache
def played(number: int) -> tuple[CallSpec, Played, Played]:
    """Return the call of this number, and its runs with LiveKit alone and with offhook."""
    call = next(one for one in served_calls(number // 1_000_000, 1_000) if one.seed == number)
    runs = play(call, "alone"), play(call, "ours")
    gc.collect()  # else asyncio logs lost errors of the agents later, in another test
    return call, *runs


def harms(number: int, *, without: str = "") -> list[str]:
    """Return the kinds of harm in the call of this number; records with the name `without` are removed from our run."""
    call, alone, ours = played(number)
    return found(call, alone, replace(ours, records=[one for one in ours.records if one.name != without]))


def found(call: CallSpec, alone: Played, ours: Played) -> list[str]:
    """Return the kinds of harm that the judge finds."""
    return [one.kind for one in judge(call, alone, ours) if one.harm]
