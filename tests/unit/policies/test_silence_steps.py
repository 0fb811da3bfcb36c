"""The steps other than speech, and when `opening` and `question` replace the steps."""

from typing import Any

import pytest

from offhook.core.decisions import Ask, EndCall, Instruct, MarkAway, RunFunction, Say, Transfer
from offhook.core.facts import (
    ActionDone,
    AgentStateChanged,
    EndRequested,
    KeyPressed,
    MessageCommitted,
    PauseChanged,
    SilenceChanged,
)
from offhook.core.ladder import Caps, Silence
from offhook.core.steps import ask, away, do, end, instruct, repeat, say, transfer

PLAIN = Silence(say("Still there?", after=8), end(after=8))


def look_up(call: object) -> None:
    """A function for a `do` step."""


def decisions(log: list[Any]) -> list[Any]:
    return [(at, type(decision).__name__) for at, decision in log if not isinstance(decision, MarkAway)]


def says(log: list[Any]) -> list[tuple[float, str]]:
    return [(at, decision.text) for at, decision in log if isinstance(decision, Say)]


def test_a_function_is_called_and_the_next_step_counts_from_its_end(call: Any) -> None:
    call = call.using(Silence(do(look_up, after=5), end(after=3)))
    log = call.run([call.listens(0), (9, ActionDone("silence"))], until=30)
    assert log[1][1] == RunFunction(look_up, tag="silence", why="5.00 s since the agent stopped speaking, step 1 of 2")
    assert log[2][1].why == "3.00 s since the action ended, step 2 of 2"
    assert decisions(log) == [(5, "RunFunction"), (12, "EndCall")]


def test_a_function_that_hangs_does_not_stop_the_ladder(call: Any) -> None:
    call = call.using(Silence(do(look_up, after=5), end(after=3)))
    log = call.run([call.listens(0)], until=60)
    assert [(at, decision.why) for at, decision in log if isinstance(decision, EndCall)] == [
        (28, "3.00 s since the do should have ended, step 2 of 2")
    ]


def test_a_function_that_speaks_is_waited_for(call: Any) -> None:
    call = call.using(Silence(do(look_up, after=5), end(after=3)))
    facts = [call.listens(0), *call.speaks(5.2, 9), (9.1, ActionDone("silence"))]
    assert decisions(call.run(facts, until=30)) == [(5, "RunFunction"), (12, "EndCall")]


def test_instructions_and_transfers_are_steps(call: Any) -> None:
    call = call.using(Silence(instruct("Be brief.", after=2), transfer("tel:+15105550100", after=3), end(after=4)))
    log = call.run([call.listens(0), (2.1, ActionDone("silence")), (5.5, ActionDone("silence", error="no"))], until=60)
    kinds = [decision for _, decision in log if isinstance(decision, Instruct | Transfer)]
    assert [(decision.text if isinstance(decision, Instruct) else decision.to, decision.tag) for decision in kinds] == [
        ("Be brief.", "silence"),
        ("tel:+15105550100", "silence"),
    ]
    assert decisions(log) == [(2, "Instruct"), (5.1, "Transfer"), (9.5, "EndCall")]


def test_the_model_can_be_sent_to_a_tool(call: Any) -> None:
    call = call.using(Silence(ask("Look the order up.", tool="find_order", after=2)))
    log = call.run([call.listens(0)], until=10)
    assert [(decision.instructions, decision.tool) for _, decision in log if isinstance(decision, Ask)] == [
        ("Look the order up.", "find_order")
    ]


def test_what_was_done_by_others_is_nothing_to_the_ladder(call: Any) -> None:
    call = call.using(Silence(do(look_up, after=5), end(after=3)))
    assert decisions(call.run([call.listens(0), (6, ActionDone("other"))], until=20)) == [(5, "RunFunction")]


def test_a_repeated_step_is_climbed_as_often(call: Any) -> None:
    call = call.using(Silence(repeat(3, say("Hello?", after=5)), end(after=4)))
    facts = [call.listens(0), *call.speaks(5.2, 6), *call.speaks(11.2, 12), *call.speaks(17.2, 18)]
    assert decisions(call.run(facts, until=60)) == [(5, "Say"), (11, "Say"), (17, "Say"), (22, "EndCall")]


OPENING = Silence(say("Still there?", after=8), opening=[say("Can you hear me?", after=4), end(after=4)])


def test_until_the_first_word_the_opening_is_climbed(call: Any) -> None:
    call = call.using(OPENING)
    facts = [call.listens(0), *call.speaks(4.2, 5), call.words(6), *call.speaks(7, 8)]
    assert says(call.run(facts, until=60)) == [(4, "Can you hear me?"), (16, "Still there?")]


def test_who_never_says_a_word_comes_to_the_end_of_the_opening(call: Any) -> None:
    call = call.using(OPENING)
    assert decisions(call.run([call.listens(0), *call.speaks(4.2, 5)], until=60)) == [(4, "Say"), (9, "EndCall")]


def test_a_key_ends_the_opening_too(call: Any) -> None:
    call = call.using(OPENING)
    assert says(call.run([call.listens(0), (1, KeyPressed("1"))], until=9)) == [(9, "Still there?")]


QUESTION = Silence(say("Still there?", after=20), question=[say("Take your time.", after=6), end(after=30)])


def test_after_a_question_its_own_ladder_is_climbed(call: Any) -> None:
    call = call.using(QUESTION)
    facts = [*call.speaks(0, 2), (2, MessageCommitted("assistant", "What is your name? "))]
    assert says(call.run(facts, until=9)) == [(8, "Take your time.")]


def test_a_ladder_that_has_begun_is_climbed_to_its_end(call: Any) -> None:
    call = call.using(QUESTION)
    facts = [*call.speaks(0, 2), (2, MessageCommitted("assistant", "Your name?")), *call.speaks(8.2, 9)]
    facts += [(9, MessageCommitted("assistant", "Take your time.")), (10, AgentStateChanged("listening", since=10))]
    assert decisions(call.run(facts, until=60)) == [(8, "Say"), (40, "EndCall")]


def test_an_answer_ends_the_question(call: Any) -> None:
    call = call.using(QUESTION)
    facts = [*call.speaks(0, 2), (2, MessageCommitted("assistant", "Your name?")), call.words(4), *call.speaks(5, 6)]
    assert says(call.run([*facts, (6, MessageCommitted("assistant", "Thank you."))], until=26)) == [
        (26, "Still there?")
    ]


def test_with_always_each_step_marks_the_caller_away_again(call: Any) -> None:
    call = call.using(Silence(say("A?", after=5), say("B?", after=5), away="always"))
    log = call.run([call.listens(0), *call.speaks(5.2, 6)], until=12)
    assert [(at, decision.again) for at, decision in log if isinstance(decision, MarkAway)] == [(5, False), (11, True)]


def test_with_never_only_an_away_step_marks_the_caller_away(call: Any) -> None:
    call = call.using(Silence(say("A?", after=5), away(after=5), away="never"))
    log = call.run([call.listens(0), *call.speaks(5.2, 6)], until=12)
    assert [(at, decision.again) for at, decision in log if isinstance(decision, MarkAway)] == [(11, True)]


@pytest.mark.parametrize("why", ["hold", "transfer", "amd", "code"])
def test_a_pause_stops_the_ladder_and_its_end_starts_it(call: Any, why: Any) -> None:
    call = call.using(PLAIN)
    facts = [call.listens(0), (5, PauseChanged(why, paused=True)), (100, PauseChanged(why, paused=False))]
    log = call.run(facts, until=108)
    assert [(at, decision.why) for at, decision in log if isinstance(decision, Say)] == [
        (108, f"8.00 s since the pause ({why}) ended, step 1 of 2")
    ]
    assert call.notes == [
        (5, f"the silence ladder is paused ({why}) by code"),
        (100, f"the silence ladder is resumed ({why}) by code"),
    ]


def test_all_pauses_must_end(call: Any) -> None:
    call = call.using(PLAIN)
    facts = [call.listens(0), (1, PauseChanged("hold", paused=True)), (2, PauseChanged("amd", paused=True))]
    assert says(call.run([*facts, (3, PauseChanged("hold", paused=False))], until=200)) == []


def test_nobody_is_kept_on_hold_for_ever(call: Any) -> None:
    call = call.using(PLAIN)
    log = call.run([call.listens(0), (5, PauseChanged("hold", paused=True))], until=313)
    assert [(at, decision.why) for at, decision in log if isinstance(decision, Say)] == [
        (313, "8.00 s since the pause (hold) should have ended, step 1 of 2")
    ]


def test_the_cap_of_a_pause_counts_from_its_beginning_also_before_the_agent_is_there(call: Any) -> None:
    call = call.using(PLAIN)
    assert says(call.run([(1, PauseChanged("amd", paused=True)), call.listens(5)], until=309)) == [
        (309, "Still there?")
    ]


def test_pauses_without_a_ladder_or_during_the_end_are_nobodys_business(call: Any) -> None:
    call = call.using(None)
    call.run([call.listens(0), (1, PauseChanged("hold", paused=True)), (2, SilenceChanged(PLAIN))], until=3)
    call.run([(4, EndRequested("agent_ended")), (5, PauseChanged("hold", paused=False))], until=100)
    assert call.notes == []


def test_caps_can_be_set(call: Any) -> None:
    call = call.using(Silence(say("Still there?", after=8), caps=Caps(thinking=3, speaking=30)))
    assert says(call.run([call.listens(0), (1, AgentStateChanged("thinking", since=1))], until=12)) == [
        (12, "Still there?")
    ]


def test_an_agent_that_never_stops_speaking_is_not_waited_for_for_ever(call: Any) -> None:
    call = call.using(Silence(say("Still there?", after=8), caps=Caps(speaking=30)))
    log = call.run([(1, AgentStateChanged("speaking", since=1))], until=39)
    assert [(at, decision.why) for at, decision in log if isinstance(decision, Say)] == [
        (39, "8.00 s since the agent should have finished, step 1 of 1")
    ]


def test_a_line_beside_the_session_holds_the_ladder_without_a_note(call: Any) -> None:
    call = call.using(PLAIN)
    facts = [call.listens(0), (7, PauseChanged("filler", paused=True)), (10, PauseChanged("filler", paused=False))]
    assert says(call.run(facts, until=19)) == [(18, "Still there?")]
    assert call.notes == []
