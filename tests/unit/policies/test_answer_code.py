"""Slow code of the agent gets fillers and is abandoned after a time limit; a turn that the code declines is closed."""

from offhook.core.decisions import AbandonTurnCode, EndCall, RetryAnswer, Say
from offhook.core.facts import (
    ActionDone,
    AgentCodeStarted,
    AgentHandoff,
    AgentStateChanged,
    MessageCommitted,
    ModelResponded,
    SpeechCreated,
)

from .answering import (
    ENTRY,
    ONE,
    TROUBLE,
    TURN,
    TWO,
    answers,
    asks,
    asks_again,
    code,
    listens,
    over,
    run,
    speaks,
    thinks,
    told,
    tool,
)

SLOW = [listens(0), *asks(1, 2, own_code=True)]
"""`on_user_turn_completed` runs and does not return."""


def replies(
    at: float, speech: str = "answer"
) -> list[tuple[float, SpeechCreated | MessageCommitted | AgentStateChanged]]:
    """The agent's own code returns, and the model is asked."""
    return [(at, SpeechCreated(speech, "generate_reply")), (at, MessageCommitted("user", "hello")), thinks(at)]


def hands_over(at: float) -> list[tuple[float, object]]:
    """A tool hands the call to another agent, whose `on_enter` runs."""
    begins = [(at, AgentHandoff("billing")), (at, AgentCodeStarted("code", ENTRY))]
    return [listens(0), *asks(1, 2), *tool(3, at, output=""), *over(at, handoff=True), *begins]


def test_quick_code_of_a_turn_changes_nothing() -> None:
    quick = [*SLOW, code(2.8, TURN), *replies(2.8)]
    assert run([*quick, *answers(3.5, 5)], until=60) == []
    assert told(run(quick, until=5)) == [(4.5, ONE)]


def test_code_of_a_turn_that_works_is_announced() -> None:
    log = run(SLOW, until=20)
    assert told(log) == [(4.5, ONE), (15.5, TWO)]
    assert log[0][1].why == "no answer 2.5 s after the caller spoke: waiting for on_user_turn_completed"


def test_code_of_a_turn_that_hangs_is_abandoned_with_an_apology() -> None:
    facts = [*SLOW, code(22.8, TURN, "abandoned"), (22.8, ActionDone("turn_code"))]
    log = run(facts, until=60)
    assert told(log) == [(4.5, ONE), (15.5, TWO), (22.7, "AbandonTurnCode"), (22.8, TROUBLE)]
    assert log[2][1] == AbandonTurnCode(why="on_user_turn_completed has run for 20 s while the caller waits")
    assert log[3][1] == Say(TROUBLE, tag="no_match", why="the answer was abandoned")


def test_code_that_hangs_in_two_turns_in_a_row_ends_the_call() -> None:
    first = [*SLOW, code(22.8, TURN, "abandoned"), (22.8, ActionDone("turn_code"))]
    log = run([*first, *asks(30, 31, own_code=True)], until=60)
    assert log[-1][0] == 51.7
    assert log[-1][1] == EndCall(
        "error", by="answer", why="on_user_turn_completed has run for 20 s while the caller waits"
    )


def test_who_speaks_again_before_the_apology_is_not_given_one() -> None:
    facts = [*SLOW, *asks(21, 22.75), (23.5, ActionDone("turn_code"))]
    assert TROUBLE not in [what for _, what in told(run(facts, until=24))]


def test_after_slow_code_the_model_has_its_time_for_an_answer() -> None:
    slow = [*SLOW, code(16, TURN), *replies(16)]
    assert told(run([*slow, *answers(17, 19)], until=60)) == [(4.5, ONE), (15.5, TWO)]
    late = told(run([*slow, *asks_again(22.1)], until=60))
    assert late == [(4.5, ONE), (15.5, TWO), (20.5, TWO), (22, "RetryAnswer"), (25.5, TWO), (28, "EndCall")]


def test_code_that_declines_the_turn_owes_nothing() -> None:
    assert run([*SLOW, code(3, TURN, "declined")], until=60) == []


def test_code_that_declines_after_a_filler_owes_nothing_more() -> None:
    assert told(run([*SLOW, code(6, TURN, "declined")], until=60)) == [(4.5, ONE)]


def test_code_that_raises_is_apologised_for_at_once_and_the_second_time_ends_the_call() -> None:
    first, second = code(3, TURN, "error", "KeyError: 'x'"), code(13, TURN, "error", "KeyError: 'x'")
    log = run([*SLOW, first, *asks(11, 12, own_code=True), second], until=60)
    why = "on_user_turn_completed raised KeyError: 'x'"
    assert log == [
        (3, Say(TROUBLE, tag="filler", out_of_band=True, why=why)),
        (13, EndCall("error", by="answer", why=why)),
    ]


def test_code_that_raises_when_nobody_waits_is_nothing() -> None:
    assert run([listens(0), code(3, TURN, "error", "KeyError: 'x'"), code(4, ENTRY, "error", "no")], until=60) == []


def test_words_of_the_code_are_an_answer_and_the_code_may_go_on() -> None:
    said = [(3, SpeechCreated("line", "say")), speaks(3), *over(4, "line")]
    declined = code(5, TURN, "declined")
    assert run([*SLOW, *said, declined], until=60) == []


def test_code_that_goes_on_after_its_words_owes_the_rest() -> None:
    said = [(3, SpeechCreated("line", "say")), speaks(3), *over(4, "line")]
    log = run([*SLOW, *said], until=7)
    assert told(log) == [(6.5, ONE)]
    assert "waiting for on_user_turn_completed" in log[0][1].why


def test_a_slow_on_enter_after_a_handoff_is_announced_and_the_model_asked_in_the_end() -> None:
    log = run(hands_over(3.1), until=24)
    assert told(log) == [(4.5, ONE), (15.5, TWO), (23.1, "RetryAnswer")]
    assert log[0][1].why == "no answer 2.5 s after the caller spoke: waiting for on_enter"
    assert log[2][1] == RetryAnswer("entry_code", why="on_enter has run for 20 s while the caller waits")


def test_the_model_that_is_asked_in_place_of_on_enter_is_watched() -> None:
    facts = [*hands_over(3.1), *asks_again(23.2, tag="entry_code")]
    assert told(run(facts, until=60))[3:] == [(25.6, ONE), (30.6, TWO), (35.1, "EndCall")]
    assert told(run([*facts, *answers(24, 26, speech="second")], until=60))[3:] == []


def test_an_on_enter_that_speaks_has_answered() -> None:
    speech = [(3.2, SpeechCreated("hello", "say")), speaks(3.2), *over(5, "hello"), code(5, ENTRY)]
    assert run([*hands_over(3.1), *speech], until=60) == []


def test_an_on_enter_that_returns_without_words_leaves_the_debt_to_the_model() -> None:
    log = run([*hands_over(3.1), code(3.2, ENTRY)], until=60)
    assert told(log)[:2] == [(4.5, ONE), (9.2, "RetryAnswer")]
    assert "waiting for the model" in log[0][1].why


def test_after_a_slow_on_enter_the_model_has_its_time_for_an_answer() -> None:
    asked = [(16, SpeechCreated("hello", "generate_reply")), thinks(16), code(16, ENTRY)]
    assert "EndCall" not in [what for _, what in told(run([*hands_over(3.1), *asked], until=27.9))]


def test_an_on_enter_that_raises_makes_the_model_answer_at_once() -> None:
    log = run([*hands_over(3.1), code(3.5, ENTRY, "error", "OSError: gone")], until=4)
    assert told(log) == [(3.5, "RetryAnswer")]
    assert log[0][1].why.endswith(": on_enter raised OSError: gone")


def test_the_on_enter_of_the_first_agent_is_nobodys_debt() -> None:
    assert run([(0, AgentCodeStarted("code", ENTRY)), listens(0), code(30, ENTRY)], until=60) == []


def test_a_handoff_after_words_owes_nothing_until_the_next_agent_answers() -> None:
    facts = [listens(0), *asks(1, 2), (2.9, ModelResponded(9, 1)), speaks(3), *over(4, handoff=True)]
    assert run([*facts, (4, AgentHandoff("billing"))], until=60) == []
