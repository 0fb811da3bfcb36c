"""What is known about a turn comes from the facts of the call."""

import pytest

from offhook.core.facts import CallerStateChanged, Fact, MessageCommitted, Tick, TranscriptReceived, TurnCommitted
from offhook.policies.endpointing.evidence import TurnEvidence
from offhook.policies.endpointing.wait import Evidence


def after(*facts: tuple[float, Fact]) -> Evidence:
    collected = TurnEvidence()
    for now, fact in facts:
        collected.notice(fact, now)
    return collected.evidence(None)


def said(text: str, *, final: bool = True) -> tuple[float, Fact]:
    return 0.0, TranscriptReceived(text, final=final)


def pause(start: float, end: float) -> tuple[tuple[float, Fact], ...]:
    return (
        (start, CallerStateChanged("listening", since=start)),
        (end, CallerStateChanged("speaking", since=end)),
    )


def test_the_words_of_the_turn_so_far_count() -> None:
    assert after(said("I would like"), said("a coffee because", final=False)).ending == "continues"
    assert after(said("a coffee because", final=False), said("a coffee, because I like it.")).ending == "sentence"


def test_a_backchannel_is_no_part_of_the_turn() -> None:
    assert after((0.0, TranscriptReceived("um", final=True, backchannel=True))) == Evidence()


def test_a_new_turn_begins_without_words() -> None:
    assert after(said("because"), (1.0, TurnCommitted())).ending == "unknown"


def test_a_yes_after_a_yes_or_no_question_is_an_answer() -> None:
    asked = (0.0, MessageCommitted("assistant", "Is that right?"))
    assert after(asked, said("Yes.")).answered
    assert not after(said("Yes.")).answered
    assert after((0.0, MessageCommitted("assistant", "Could you spell that?"))).asked == "dictation"


def test_the_callers_own_pauses_count_from_the_third_one_on() -> None:
    assert after(*pause(1, 1.5), *pause(3, 3.9)).pause == 0.0
    assert after(*pause(1, 1.5), *pause(3, 3.9), *pause(5, 5.4)).pause == pytest.approx(0.5)


def test_a_caller_who_goes_on_right_after_the_end_of_the_turn_had_paused() -> None:
    cut = ((8.0, CallerStateChanged("listening", since=7.0)), (8.0, TurnCommitted()))
    back = (9.0, CallerStateChanged("speaking", since=9.0))
    assert after(*pause(1, 1.5), *pause(3, 3.4), *cut, back).pause == pytest.approx(0.5)


def test_an_answered_turn_is_no_pause() -> None:
    over = ((8.0, CallerStateChanged("listening", since=7.0)), (8.0, TurnCommitted()))
    later = (11.0, CallerStateChanged("speaking", since=11.0))
    assert after(*pause(1, 1.5), *pause(3, 3.4), *over, later).pause == 0.0


def test_a_silence_without_an_end_of_turn_is_no_pause_if_it_is_long() -> None:
    assert after(*pause(1, 1.5), *pause(3, 3.4), *pause(5, 15)).pause == 0.0


def test_other_facts_and_a_first_word_change_nothing() -> None:
    assert (
        after(
            (0.0, Tick()),
            (1.0, CallerStateChanged("speaking", since=1.0)),
            (2.0, CallerStateChanged("away", since=2.0)),
        )
        == Evidence()
    )
