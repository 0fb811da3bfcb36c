"""The wait falls with the probability that the turn has ended, and every other evidence moves it one way."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offhook.core.patience import PRESETS, Patience
from offhook.policies.endpointing.wait import Evidence, Wait, choose_wait, combine, in_english, is_sure, patience_for

NORMAL = PRESETS["normal"]
PROBABILITIES = st.floats(0, 1)
PRESET = st.sampled_from(list(PRESETS.values()))


def seconds(patience: Patience = NORMAL, **evidence: object) -> float:
    return choose_wait(Evidence(**evidence), patience).seconds


@given(PROBABILITIES, PROBABILITIES, PRESET)
def test_the_wait_falls_with_the_probability(one: float, other: float, patience: Patience) -> None:
    low, high = sorted((one, other))
    assert seconds(patience, probability=low) >= seconds(patience, probability=high)


@given(st.none() | PROBABILITIES, PRESET)
def test_the_wait_stays_between_the_shortest_and_the_longest(probability: float | None, patience: Patience) -> None:
    assert patience.shortest <= seconds(patience, probability=probability) <= patience.longest


def test_halfway_at_the_middle() -> None:
    patience = Patience(shortest=0.2, longest=1.0, middle=0.3, sure=0.9)
    assert seconds(patience, probability=0.3) == pytest.approx(0.6)


def test_a_probability_that_is_no_number_counts_as_none() -> None:
    assert choose_wait(Evidence(probability=math.nan), NORMAL) == choose_wait(Evidence(), NORMAL)


@pytest.mark.parametrize("ending", ["continues", "filler", "dictation", "hold"])
def test_words_that_need_more_words_make_the_wait_longer(ending: str) -> None:
    assert seconds(probability=0.6, ending=ending) > seconds(probability=0.6)


def test_a_complete_sentence_and_an_answer_make_the_wait_shorter() -> None:
    assert seconds(probability=0.4, ending="sentence") < seconds(probability=0.4)
    assert seconds(probability=0.4, answered=True) < seconds(probability=0.4)


def test_a_yes_does_not_end_the_turn_at_once_if_the_detector_expects_more_words() -> None:
    assert seconds(answered=True) == NORMAL.shortest
    assert NORMAL.shortest < seconds(probability=0.2, answered=True) < seconds(probability=0.2)


def test_hold_on_is_waited_for_and_said_why() -> None:
    assert choose_wait(Evidence(probability=0.9, ending="hold"), NORMAL) == Wait(
        NORMAL.hold, ("the caller asks to wait",)
    )


def test_a_sure_end_waits_the_shortest_time_and_nothing_else_needs_to_be_known() -> None:
    assert seconds(probability=NORMAL.sure) == NORMAL.shortest
    assert is_sure(Evidence(probability=NORMAL.sure), NORMAL)
    assert is_sure(Evidence(answered=True), NORMAL)
    assert not is_sure(Evidence(probability=NORMAL.sure, ending="continues"), NORMAL)
    assert not is_sure(Evidence(probability=1.0, ending="hold"), NORMAL)
    assert not is_sure(Evidence(), PRESETS["quick"])


@given(PROBABILITIES, PROBABILITIES)
def test_two_answers_become_one_between_them_and_the_second_one_counts_more(first: float, second: float) -> None:
    both = combine(first, second)
    assert both is not None
    assert min(first, second) - 0.011 <= both <= max(first, second) + 0.011
    assert combine(0.2, 0.8) > 0.5


def test_one_answer_alone_counts() -> None:
    assert (combine(0.2, None), combine(None, 0.8), combine(None, None)) == (0.2, 0.8, None)


def test_every_reason_is_given() -> None:
    wait = choose_wait(Evidence(probability=0.5, ending="sentence", answered=True), NORMAL)
    assert wait.why == ("probability 0.50", "the sentence is complete", "yes or no was answered")
    assert choose_wait(Evidence(), NORMAL).why == ("no probability",)


def test_after_a_question_for_a_number_the_caller_dictates() -> None:
    assert patience_for(Evidence(asked="dictation"), "normal", NORMAL) == ("dictation", PRESETS["dictation"])
    slow = Patience(shortest=1.0, longest=5.0, middle=0.9, sure=0.95, hold=9.0)
    assert patience_for(Evidence(asked="dictation"), "own numbers", slow) == ("dictation", slow)
    assert patience_for(Evidence(asked="open"), "normal", NORMAL) == ("normal", NORMAL)


def test_a_probability_at_the_threshold_of_its_language_is_at_the_threshold_of_english() -> None:
    for threshold in (0.05, 0.3, 0.9):
        assert in_english(threshold, threshold) == pytest.approx(0.36)


@given(PROBABILITIES, PROBABILITIES, st.floats(0.01, 0.99))
def test_another_language_does_not_change_which_probability_is_higher(one: float, other: float, limit: float) -> None:
    low, high = sorted((one, other))
    adjusted = [in_english(low, limit), in_english(high, limit)]
    assert None not in adjusted
    assert 0 <= adjusted[0] <= adjusted[1] <= 1


def test_an_english_probability_and_one_with_an_impossible_threshold_stay() -> None:
    assert [in_english(0.7, threshold) for threshold in (0.36, 0.0, 1.0)] == [0.7, 0.7, 0.7]


def test_without_an_answer_or_a_supported_language_there_is_no_probability() -> None:
    assert (in_english(None, 0.36), in_english(0.7, None)) == (None, None)
