"""A failed answer is retried once; a second failure gives up the turn, and the second such turn ends the call."""

from dataclasses import replace

import pytest

from offhook.core.decisions import EndCall, RetryAnswer, Say
from offhook.core.facts import (
    ActionDone,
    MessageCommitted,
    ModelFailed,
    RequestHedged,
    SpeechCreated,
    SpeechEnded,
    SpeechNotPlayed,
)

from .answering import (
    DEAD,
    ONE,
    TROUBLE,
    TWO,
    answers,
    asks,
    asks_again,
    fails,
    listens,
    over,
    run,
    silent,
    speaks,
    told,
)

HANGS = [listens(0), *asks(1, 2)]
LOST = ModelFailed("realtime_model_error", recoverable=True, error="the connection was closed")
CAUSE = "no answer {} s after the caller spoke: waiting for {}: {}"


def test_a_model_that_failed_is_asked_once_more_at_once() -> None:
    log = run([*HANGS, (3, DEAD), *over(3.1)], until=4)
    assert log == [(3.1, RetryAnswer("retry", why=CAUSE.format(1.1, "the model", "APIStatusError: 401")))]


def test_a_second_failure_is_told_and_the_second_turn_in_a_row_ends_the_call() -> None:
    log = run([listens(0), *fails(0), *fails(10)], until=60)
    assert told(log) == [(3.1, "RetryAnswer"), (3.6, TROUBLE), (13.1, "RetryAnswer"), (13.6, "EndCall")]
    why = "the retry failed too: APIStatusError: 401"
    assert log[1][1] == Say(TROUBLE, tag="filler", out_of_band=True, why=why)
    assert log[-1][1] == EndCall("error", by="answer", why=why)


def test_a_turn_that_went_well_begins_the_count_anew() -> None:
    well = [*asks(5, 6, speech="well"), *answers(7, 8, speech="well")]
    assert told(run([listens(0), *fails(0), *well, *fails(10)], until=14.5))[-1] == (13.6, TROUBLE)


def test_a_turn_that_was_declined_does_not_begin_the_count_anew() -> None:
    declined = [*asks(5, 6, speech="declined"), *over(7, "declined", interrupted="code")]
    assert told(run([listens(0), *fails(0), *declined, *fails(10)], until=14.5))[-1] == (13.6, "EndCall")


def test_a_model_that_says_nothing_is_asked_once_more_and_then_the_turn_is_handed_back() -> None:
    log = run([*HANGS, *silent(3), *asks_again(3.1), *silent(3.5, "second")], until=60)
    assert told(log) == [(3, "RetryAnswer"), (3.5, TROUBLE)]
    assert log[0][1].why == CAUSE.format("1.0", "the model", "empty answer")


def test_a_speech_that_ends_with_an_error_of_its_own_is_asked_for_once_more() -> None:
    log = run([*HANGS, *over(3, error="RuntimeError: no")], until=4)
    assert log == [(3, RetryAnswer("retry", why=CAUSE.format("1.0", "the model", "RuntimeError: no")))]


def test_a_retry_that_fails_as_slowly_as_the_first_attempt_ends_the_call_in_time() -> None:
    assert told(run([*HANGS, *asks_again(8.1)], until=60)) == [
        (4.5, ONE),
        (8, "RetryAnswer"),
        (9.5, TWO),
        (14, "EndCall"),
    ]


def test_an_answer_that_was_abandoned_is_not_taken_for_the_second_attempt() -> None:
    late = [(8.01, DEAD), *over(8.02, interrupted="code"), *asks_again(8.1), *answers(9, 12, speech="second")]
    assert told(run([*HANGS, *late], until=60)) == [(4.5, ONE), (8, "RetryAnswer")]


def test_a_model_that_broke_off_is_asked_once_more_when_its_words_are_played() -> None:
    assert told(run([*HANGS, (2.8, DEAD), speaks(3), *over(4)], until=6)) == [(4, "RetryAnswer")]


def test_words_that_were_told_as_spoken_and_had_no_sound_are_asked_for_again() -> None:
    facts = [*HANGS, speaks(3), (4, SpeechNotPlayed("for two", heard=0.7)), *over(4.1)]
    log = run(facts, until=6)
    assert told(log) == [(4.1, "RetryAnswer")]
    assert log[0][1].why.endswith(": the TTS gave no audio")


def test_a_voice_that_failed_is_given_another_attempt() -> None:
    facts = [*HANGS, speaks(3), (4, ModelFailed("tts_error", recoverable=False, error="closed")), *over(4.5)]
    assert told(run([*facts, *asks_again(4.6)], until=8)) == [(4.5, "RetryAnswer"), (7.0, ONE)]


def test_an_answer_that_breaks_off_twice_is_not_tried_for_ever() -> None:
    facts = [*HANGS, speaks(3), (4, DEAD), *over(4.1)]
    facts += [*asks_again(4.2), speaks(5), (6, DEAD), *over(6.1, "second")]
    assert told(run(facts, until=60)) == [(4.1, "RetryAnswer"), (6.1, TROUBLE)]


def test_a_retry_without_words_of_an_answer_that_broke_off_hands_the_turn_back() -> None:
    facts = [*HANGS, speaks(3), (4, DEAD), *over(4.1), *asks_again(4.2), *silent(5, "second")]
    assert told(run(facts, until=60)) == [(4.1, "RetryAnswer"), (5, TROUBLE)]


def test_what_livekit_recovers_from_is_no_failure() -> None:
    recovers = (3, ModelFailed("llm_error", recoverable=True, error="429"))
    assert run([*HANGS, recovers, *answers(3.1, 5)], until=60) == []


def test_an_answer_that_comes_late_is_not_cut_off_by_the_second_request() -> None:
    facts = [*HANGS, (8.05, RequestHedged()), (8.05, ActionDone("retry")), *answers(11, 12)]
    assert told(run(facts, until=60)) == [(4.5, ONE), (8, "RetryAnswer"), (9.5, TWO), (11, "StopLine")][:3]


def test_of_two_requests_one_may_fail() -> None:
    facts = [*HANGS, (8.05, RequestHedged()), (8.1, ActionDone("retry")), (8.5, DEAD), *answers(9, 11)]
    assert told(run(facts, until=60)) == [(4.5, ONE), (8, "RetryAnswer")]


def test_of_two_requests_both_may_give_nothing() -> None:
    facts = [*HANGS, (8.05, RequestHedged()), (8.1, ActionDone("retry")), *silent(9)]
    assert told(run(facts, until=60)) == [(4.5, ONE), (8, "RetryAnswer"), (9, TROUBLE)]


def test_a_turn_begun_meanwhile_takes_the_place_of_the_retry() -> None:
    facts = [*HANGS, *asks(8.2, 9, speech="new"), (8.1, ActionDone("retry"))]
    assert told(run(facts, until=12)) == [(4.5, ONE), (8, "RetryAnswer"), (11.5, ONE)]


def test_a_realtime_model_that_loses_its_answer_is_asked_once_more_soon() -> None:
    assert told(run([*HANGS, (3, LOST), (4.5, LOST)], until=6)) == [(4, "RetryAnswer"), (4.5, ONE)]


def test_a_second_error_of_a_realtime_model_hands_the_turn_back() -> None:
    facts = [*HANGS, (3, LOST), *over(4.1, interrupted="code"), *asks_again(4.2), (4.5, LOST)]
    assert told(run(facts, until=6)) == [(4, "RetryAnswer"), (4.5, ONE), (5.5, TROUBLE)]


@pytest.mark.parametrize(("text", "decisions"), [("We are open", [(5, "RetryAnswer")]), ("We are open.", [])])
def test_a_realtime_answer_that_is_cut_off_is_gone_on_with(text: str, decisions: list[tuple[float, str]]) -> None:
    facts = [*HANGS, speaks(3), (4, LOST), (4.9, MessageCommitted("assistant", text)), *over(5)]
    assert told(run(facts, until=6)) == decisions


def test_an_error_of_a_realtime_model_between_the_turns_is_nothing() -> None:
    assert run([listens(0), (1, LOST)], until=60) == []


def test_a_fatal_error_between_the_turns_is_no_failure_of_the_next_answer() -> None:
    assert run([listens(0), (0.5, DEAD), *asks(1, 2), *answers(3, 5)], until=60) == []


def test_an_unasked_answer_that_fails_is_asked_for_once_more() -> None:
    unasked = [(5, SpeechCreated("a", "generate_reply")), (5.1, DEAD), *over(5.2, "a")]
    assert told(run([listens(0), *unasked], until=6)) == []  # no answer is awaited: the agent was never thinking


def test_a_realtime_model_that_is_still_answering_has_failed_nothing() -> None:
    """The Realtime model refuses a second answer and gives the first one."""
    refused = [(2.8, replace(LOST, busy=True)), (2.8, SpeechEnded("answer", error="RealtimeError", busy=True))]
    assert told(run([*asks(1, 2), *refused, (4, SpeechCreated("first", "generate_reply")), speaks(4)], until=60)) == []
    assert told(run([*asks(1, 2), *refused], until=8.5)) == [(4.5, ONE), (8, "RetryAnswer")]


def test_a_realtime_model_that_says_so_to_the_retry_too_hands_the_turn_back() -> None:
    busy = SpeechEnded("second", error="RealtimeError", busy=True)
    log = run([*asks(1, 2), *over(8.1, interrupted="code"), *asks_again(8.1), (8.2, busy)], until=60)
    assert told(log) == [(4.5, ONE), (8, "RetryAnswer"), (8.2, TROUBLE)]
