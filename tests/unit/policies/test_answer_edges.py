"""Cases without a watchdog: no `dead_air` in the plan, a ringing phone, an ending call, a declined answer."""

import pytest

from offhook.core.decisions import StopLine
from offhook.core.facts import (
    AgentHandoff,
    AgentStateChanged,
    CallerFound,
    CallerStatus,
    EndCancelled,
    EndRequested,
    KeyPressed,
    ModelResponded,
    SpeechCreated,
    Tick,
    ToolEnded,
    ToolStarted,
    TurnDeclined,
)
from offhook.policies.answer.policy import AnswerPolicy

from .answering import (
    DEAD,
    ONE,
    At,
    answers,
    asks,
    hears,
    listens,
    over,
    run,
    sound,
    speaks,
    thinks,
    told,
)

HANGS = [listens(0), *asks(1, 2)]
"""The caller asks, and no answer follows."""


def test_a_turn_that_the_code_declines_is_owed_no_answer() -> None:
    assert run([*HANGS, (2.8, TurnDeclined("llm_node")), *over(2.9)], until=60) == []


def test_a_decline_without_a_turn_is_nothing() -> None:
    assert run([listens(0), (2.8, TurnDeclined("llm_node"))], until=60) == []


def test_an_answer_that_the_code_interrupts_before_any_word_is_declined() -> None:
    assert run([*HANGS, *over(3, interrupted="code")], until=60) == []


def test_an_answer_that_a_sound_interrupts_before_any_word_is_still_owed() -> None:
    assert told(run([*HANGS, *over(3, interrupted="sound")], until=5)) == [(4.5, ONE)]


def test_an_answer_that_new_words_take_the_place_of_is_owed_when_these_are_not_taken_as_a_turn() -> None:
    assert told(run([*HANGS, *over(3, interrupted="turn")], until=12)) == [(11.5, ONE)]


def test_an_answer_that_is_interrupted_after_its_first_words_was_one() -> None:
    assert run([*HANGS, speaks(3), *over(4, interrupted="code")], until=60) == []


def test_the_code_of_an_answer_may_go_on_in_words_of_its_own() -> None:
    said = [(3, SpeechCreated("line", "say")), speaks(3.2), *over(4, "line")]
    assert run([*HANGS, *over(3, interrupted="code"), *said], until=60) == []


def test_nothing_counts_while_the_phone_rings() -> None:
    ringing = [(0, CallerFound("anna", phone=True, active=False)), listens(0)]
    unasked = [(1, SpeechCreated("a", "generate_reply")), thinks(1)]
    picked_up = (30, CallerStatus("active"))
    assert told(run([*ringing, *unasked], until=60)) == []
    assert told(run([*ringing, *unasked, picked_up], until=33)) == [(32.5, ONE)]


def test_a_model_that_calls_a_tool_again_and_again_while_the_phone_rings_is_not_asked_for_words() -> None:
    ringing = [(0, CallerFound("anna", phone=True, active=False)), listens(0)]
    circles = [(2 + n, ToolStarted(f"{n}", "look", "{}")) for n in range(20)]
    assert run([*ringing, (1, SpeechCreated("a", "generate_reply")), thinks(1), *circles], until=60) == []
    assert run([listens(0), *circles], until=60) != []


def test_a_sound_of_the_ringing_phone_is_no_voice_without_words() -> None:
    ringing = [(0, CallerFound("anna", phone=True, active=False)), listens(0), *sound(1, 3)]
    assert run([*ringing, (30, CallerStatus("active"))], until=60) == []


def test_who_is_on_the_line_already_is_not_waited_for_anew() -> None:
    assert told(run([*HANGS, (4, CallerStatus("active"))], until=5)) == [(4.5, ONE)]


def test_while_the_call_ends_nobody_is_consoled() -> None:
    log = run([*HANGS, (5, EndRequested("agent_ended"))], until=60)
    assert told(log) == [(4.5, ONE), (5, "StopLine")]
    assert log[-1][1] == StopLine("filler", why="the call is ending")


def test_a_call_that_goes_on_after_all_begins_anew() -> None:
    facts = [*HANGS, (3, EndRequested("agent_ended")), (4, EndCancelled("agent_ended"))]
    assert told(run([*facts, *asks(20, 21)], until=24)) == [(23.5, ONE)]


def test_it_can_be_switched_off() -> None:
    assert (
        run([(0, CallerFound("a", phone=True, active=False)), *HANGS, (5, CallerStatus("active"))], until=60, plan=None)
        == []
    )


def test_a_tick_for_others_is_nothing() -> None:
    assert AnswerPolicy().handle(Tick(), 1.0) == ()
    assert run([*HANGS, (3, Tick())], until=4) == []


def test_a_key_is_no_answer() -> None:
    assert told(run([*HANGS, (3, KeyPressed("1"))], until=5)) == [(4.5, ONE)]


def test_an_agent_that_is_not_there_yet_owes_nothing() -> None:
    assert (
        run([(0, AgentStateChanged("initializing", since=0)), (1, AgentStateChanged("idle", since=1))], until=60) == []
    )


WAITS = {
    "turn code": asks(1, 2, own_code=True),
    "the voice": [*asks(1, 2), (3, ModelResponded(20))],
    "a tool": [*asks(1, 2), (3, ToolStarted("t", "book", "{}"))],
    "on_enter": [*asks(1, 2), (3, AgentHandoff("billing"))],
    "the retry": [*asks(1, 2), (2.9, DEAD), *over(3)],
}
"""Every state in which an answer is awaited after the caller has asked."""


@pytest.mark.parametrize("facts", WAITS.values(), ids=WAITS)
def test_a_new_turn_is_waited_for_whoever_owed_the_last_one(facts: list[At]) -> None:
    following = [listens(0), *facts, hears(3.7, "and", final=False), *asks(3.2, 4, speech="next")]
    assert [pair for pair in told(run(following, until=8)) if pair[1] != "RetryAnswer"] == [(6.5, ONE)]
    assert "EndCall" not in [what for _, what in told(run([*following, *answers(7, 9, speech="next")], until=60))]


@pytest.mark.parametrize("facts", list(WAITS.values())[1:], ids=list(WAITS)[1:])
def test_words_end_the_waiting_whoever_owed_them(facts: list[At]) -> None:
    log = told(run([listens(0), *facts, speaks(3.2), (3.3, ToolEnded("t", "done")), *over(5, "answer")], until=60))
    assert [what for _, what in log if what != "RetryAnswer"] == []


@pytest.mark.parametrize("facts", WAITS.values(), ids=WAITS)
def test_a_decline_ends_the_waiting_unless_the_answer_was_abandoned(facts: list[At]) -> None:
    declined = [(3.2, TurnDeclined("llm_node"))]
    log = told(run([listens(0), *facts, *declined], until=60))
    assert (log == []) is (facts is not WAITS["the retry"])
