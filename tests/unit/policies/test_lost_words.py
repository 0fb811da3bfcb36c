"""Words lost by an STT disconnect: a caller whose turn is incomplete is asked to repeat."""

import pytest

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import AbandonAnswer, Say
from offhook.core.facts import (
    ActionDone,
    CallerStateChanged,
    MessageCommitted,
    ModelFailed,
    SpeechCreated,
    TranscriptReceived,
    TurnCommitted,
)
from offhook.policies.answer.no_match import NoMatchDetector

from .answering import UNHEARD, At, answers, asks, listens, over, run, sound, thinks, told

PLAN = DeadAir(min_speech=1.0, no_match=3.0, max_no_matches=3)
BROKE_OFF = ModelFailed("stt_error", recoverable=True, error="the connection was closed")


def cut(at: float, *, before: str = "", begins: float = 1.0, ends: float = 3.0) -> NoMatchDetector:
    """The STT disconnects while the caller speaks, with or without an interim transcript."""
    detector = NoMatchDetector()
    detector.turned(CallerStateChanged("speaking", since=begins), PLAN, free=True)
    if before:
        detector.understood(before, at, final=False)
    detector.broke_off(at)
    detector.turned(CallerStateChanged("listening", since=ends), PLAN, free=True)
    return detector


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        ("I would like a table by the window", False),
        ("I'd would LIKE: a table", False),
        ("I would take a table", False),
        ("I want a table", True),
        ("a table", True),
    ],
)
def test_one_word_may_have_been_corrected_and_two_are_lost(after: str, lost: bool) -> None:
    detector = cut(2.5, before="I would like")
    detector.understood(after, 4.0, final=True)
    assert detector.end_turn() is lost


def test_words_that_were_final_before_are_not_missed() -> None:
    detector = NoMatchDetector()
    detector.turned(CallerStateChanged("speaking", since=1.0), PLAN, free=True)
    detector.understood("I would like a table", 2.0, final=True)
    detector.broke_off(2.5)
    detector.turned(CallerStateChanged("listening", since=3.0), PLAN, free=True)
    detector.understood("for two people", 4.0, final=True)
    assert detector.end_turn() is True  # 14 characters for two seconds: too few for the speech after the disconnect
    assert detector.end_turn() is False


def test_how_much_was_said_is_reckoned_by_the_voice_and_not_by_when_its_words_come() -> None:
    detector = cut(2.5)
    detector.understood("a table for two please", 5.0, final=True)
    assert detector.end_turn() is False


@pytest.mark.parametrize(("at", "lost"), [(1.5, True), (1.25, False)])
def test_a_sound_too_short_for_a_word_lost_none(at: float, lost: bool) -> None:
    detector = cut(at, ends=2.0)
    detector.understood("yes", 3.0, final=True)
    assert detector.end_turn() is lost


def test_a_second_break_in_the_same_speech_keeps_what_was_understood_before_the_first() -> None:
    detector = NoMatchDetector()
    detector.turned(CallerStateChanged("speaking", since=1.0), PLAN, free=True)
    detector.understood("I would like", 2.0, final=False)
    detector.broke_off(2.2)
    detector.understood("a", 2.6, final=False)
    detector.broke_off(2.8)
    detector.turned(CallerStateChanged("listening", since=3.0), PLAN, free=True)
    detector.understood("a table for two", 4.0, final=True)
    assert detector.end_turn() is True


def lost(partial: str, final: str) -> list[At]:
    """The STT disconnects while the caller speaks, and transcribes the rest."""
    before = [(2.0, TranscriptReceived(partial, final=False))] if partial else []
    committed = [
        (4.5, TurnCommitted()),
        (4.5, SpeechCreated("answer", "generate_reply")),
        (4.5, MessageCommitted("user", final)),
    ]
    return [
        listens(0),
        *sound(1, 4),
        *before,
        (2.5, BROKE_OFF),
        (4.4, TranscriptReceived(final, final=True)),
        *committed,
        thinks(4.5),
    ]


@pytest.mark.parametrize(("partial", "final"), [("I would like a", "table for two"), ("", "table for two")])
def test_who_was_heard_in_part_is_asked_to_say_it_again(partial: str, final: str) -> None:
    log = run([*lost(partial, final), *over(4.6, interrupted="code"), (4.6, ActionDone("abandon"))], until=60)
    assert log == [
        (4.5, AbandonAnswer(why="the STT disconnected while the caller spoke")),
        (4.6, Say(UNHEARD, tag="no_match", why="the answer was abandoned")),
    ]


def test_who_goes_on_before_they_can_be_asked_to_is_listened_to() -> None:
    goes_on = asks(4.6, 5, speech="next")
    log = told(run([*lost("", "table for two"), *goes_on, (5.8, ActionDone("abandon"))], until=6))
    assert log == [(4.5, "AbandonAnswer")]


@pytest.mark.parametrize("partial", ["", "I would like a"])
def test_who_was_understood_after_all_is_not_asked_again(partial: str) -> None:
    assert run([*lost(partial, "I would like a table for two"), *answers(5, 8)], until=60) == []


def test_words_that_come_while_the_caller_still_speaks_may_be_all_of_them() -> None:
    said = [
        (2.4, TranscriptReceived("I would like a table", final=True)),
        (4.5, TurnCommitted()),
        (4.5, MessageCommitted("user", "a table")),
    ]
    assert run([listens(0), *sound(1, 4), (2, BROKE_OFF), *said, *answers(5, 8)], until=60) == []


def test_a_recogniser_that_breaks_off_while_nobody_speaks_has_lost_nothing() -> None:
    assert run([listens(0), (0.5, BROKE_OFF), *asks(1, 2), *answers(3, 4)], until=60) == []


def test_a_short_word_that_is_lost_is_asked_for_too() -> None:
    assert told(run([listens(0), *sound(1, 1.8), (1.7, BROKE_OFF)], until=8)) == [(4.8, UNHEARD)]
