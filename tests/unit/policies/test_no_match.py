"""Speech without a transcript: how long it must be, what resets the count, and which words were lost."""

import math

import pytest

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import EndCall, SwitchStt
from offhook.core.facts import (
    CallerStateChanged,
    ModelFailed,
    SpeechCreated,
    SpeechEnded,
    TranscriptReceived,
)
from offhook.policies.answer.no_match import NoMatchDetector

from .answering import ONE, UNHEARD, answers, hears, listens, run, sound, speaks, thinks, told

PLAN = DeadAir(min_speech=1.0, no_match=3.0, max_no_matches=3)
BROKE_OFF = ModelFailed("stt_error", recoverable=True, error="the connection was closed")


def voice(begins: float, ends: float) -> NoMatchDetector:
    detector = NoMatchDetector()
    detector.turned(CallerStateChanged("speaking", since=begins), PLAN, free=True)
    detector.turned(CallerStateChanged("listening", since=ends), PLAN, free=True)
    return detector


@pytest.mark.parametrize(("ends", "due"), [(1.75, math.inf), (2.0, 5.0)])
def test_speech_is_as_long_as_the_plan_says(ends: float, due: float) -> None:
    assert voice(1.0, ends).due == due


@pytest.mark.parametrize(("began", "ended"), [(False, True), (True, False), (False, False)])
def test_speech_into_words_of_the_agent_is_no_no_match(began: bool, ended: bool) -> None:
    detector = NoMatchDetector()
    detector.turned(CallerStateChanged("speaking", since=1), PLAN, free=began)
    detector.turned(CallerStateChanged("listening", since=3), PLAN, free=ended)
    assert detector.due == math.inf


@pytest.mark.parametrize(("came", "said"), [(4.75, 2.0), (5.0, 5.0)])
def test_words_were_said_in_a_sound_of_the_last_three_seconds(came: float, said: float) -> None:
    assert voice(1.0, 2.0).last_sound(came) == said


def test_a_transcript_begins_the_count_anew() -> None:
    detector = voice(1.0, 2.0)
    assert detector.add(PLAN, 5.0) == "no-match: no transcript 3.0 s after speech, 1 of 3"
    detector.understood("hello", 5.5, final=True)
    assert detector.add(PLAN, 6.0).endswith(", 1 of 3")


def test_a_typed_turn_begins_the_count_anew() -> None:
    detector = voice(1.0, 2.0)
    detector.add(PLAN, 5.0)
    detector.end_turn()
    assert detector.add(PLAN, 6.0).endswith(", 1 of 3")


def test_speech_without_a_transcript_is_asked_for_again_and_at_last_let_go() -> None:
    log = run([listens(0), *sound(1, 3), *sound(10, 12), *sound(20, 22)], until=60)
    assert told(log) == [(6, UNHEARD), (15, "SwitchStt"), (15, UNHEARD), (25, "EndCall")]
    assert [decision.why for _, decision in log] == [
        f"no-match: no transcript 3.0 s after speech, {count} of 3" for count in (1, 2, 2, 3)
    ]
    assert log[1][1] == SwitchStt(why=log[1][1].why)
    assert log[3][1] == EndCall("error", by="answer", why=log[3][1].why)


def test_who_is_being_answered_is_not_asked_to_repeat() -> None:
    unasked = [(3.6, SpeechCreated("a", "generate_reply")), thinks(3.6), *answers(5, 8, speech="a")]
    assert run([listens(0), *sound(1, 3), *unasked], until=60) == []


def test_a_cough_is_no_speech() -> None:
    assert run([listens(0), *sound(1, 1.5)], until=60) == []


def test_a_transcript_in_between_begins_the_count_anew() -> None:
    facts = [listens(0), *sound(1, 3), *sound(10, 12), hears(12.2, "hello"), *sound(20, 22)]
    assert told(run(facts, until=60)) == [(6, UNHEARD), (25, UNHEARD)]


def test_a_transcript_that_comes_before_the_voice_ends_counts() -> None:
    assert run([listens(0), *sound(1, 3), hears(2, "mhm")], until=60) == []


def test_the_transcript_of_the_speech_before_does_not_count_for_the_next_one() -> None:
    assert told(run([listens(0), *sound(1, 3), hears(2, "mhm"), *sound(5, 7)], until=60)) == [(10, UNHEARD)]


def test_who_speaks_into_the_agents_words_is_not_asked_to_repeat() -> None:
    assert run([speaks(0), *sound(1, 3)], until=60) == []
    assert run([speaks(0), *sound(1, 3), listens(2)], until=60) == []


def test_who_speaks_while_the_agents_words_are_paused_is_not_asked_to_repeat() -> None:
    paused = [(0, SpeechCreated("line", "say")), speaks(0), *sound(1, 3), listens(1.5)]
    assert run(paused, until=60) == []
    assert told(run([*paused, (1.6, SpeechEnded("line")), *sound(10, 12)], until=60)) == [(15, UNHEARD)]


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_transcript_is_none(text: str) -> None:
    assert told(run([listens(0), *sound(1, 3), (3.5, TranscriptReceived(text, final=True))], until=7)) == [(6, UNHEARD)]


def test_a_sound_that_never_began_ends_nothing() -> None:
    assert run([listens(0), (1, CallerStateChanged("listening", since=1))], until=60) == []


def test_a_final_transcript_that_is_late_is_bridged_and_then_asked_for() -> None:
    facts = [listens(0), *sound(1, 3), hears(2, "hel", final=False)]
    assert told(run(facts, until=60)) == [(5.5, ONE), (9, UNHEARD)]


def test_a_final_transcript_that_comes_in_time_is_not_waited_for() -> None:
    facts = [listens(0), *sound(1, 3), hears(2, "hel", final=False), hears(3.4, "hello")]
    assert run(facts, until=60) == []


def test_a_short_sound_pays_no_transcript() -> None:
    facts = [listens(0), *sound(1, 3), *sound(4.5, 4.8)]
    assert told(run(facts, until=60)) == [(6, UNHEARD)]
    facts = [listens(0), *sound(1, 3), *sound(5.8, 6)]
    assert told(run(facts, until=60)) == [(6.7, UNHEARD)]


def test_an_interim_transcript_after_the_sound_waits_for_no_more_than_its_final_one() -> None:
    facts = [listens(0), *sound(1, 1.4), hears(2.2, "hel", final=False), *sound(3, 3.3), hears(4, "hello")]
    assert run(facts, until=60) == []
