"""The silence ladder as the caller experiences it."""

from typing import Any

import pytest

from offhook.core.decisions import Ask, EndCall, MarkAway, Say
from offhook.core.facts import (
    AgentStateChanged,
    EndCancelled,
    EndRequested,
    KeyPressed,
    MessageCommitted,
    SilenceChanged,
    Tick,
    Warned,
)
from offhook.core.ladder import Silence
from offhook.core.steps import ask, away, end, say

FIRST = "8.00 s since the agent stopped speaking, step 1 of 3"


def first(at: float, why: str = FIRST, *, interruptible: bool = True) -> list[Any]:
    return [
        (at, MarkAway(away=True, why=why)),
        (at, Say("Still there?", tag="silence", interruptible=interruptible, why=why)),
    ]


def test_the_ladder_is_climbed_to_its_end(call: Any) -> None:
    facts = [call.listens(0), *call.speaks(8.2, 9), *call.speaks(19.2, 20)]
    second = "10.00 s since the agent stopped speaking, step 2 of 3"
    third = "8.00 s since the agent stopped speaking, step 3 of 3"
    assert call.run(facts, until=60) == [
        *first(8),
        (19, Say("Hello?", tag="silence", why=second)),
        (28, EndCall("silence", goodbye="Bye.", by="silence", why=third)),
    ]
    assert call.waits_until is None


def test_each_kind_of_step_has_its_wish(call: Any) -> None:
    call = call.using(Silence(away(after=2), ask("Offer help.", after=3), end(after=4)))
    one, two, three = (
        "2.00 s since the agent stopped speaking, step 1 of 3",
        "3.00 s since the caller was marked away, step 2 of 3",
        "4.00 s since the agent stopped speaking, step 3 of 3",
    )
    assert call.run([call.listens(0), *call.speaks(5.5, 7)], until=30) == [
        (2, MarkAway(away=True, why=one)),
        (5, Ask("Offer help.", tag="silence", why=two)),
        (11, EndCall("silence", goodbye="", by="silence", why=three)),
    ]


def test_without_a_ladder_nothing_ever_happens(call: Any) -> None:
    call = call.using(None)
    facts = [call.listens(0), *call.sound(1, 2), call.words(2, "so", final=False), call.words(3), (4, KeyPressed("1"))]
    assert call.run(facts, until=1000) == []


def test_nothing_counts_before_the_agent_is_there(call: Any) -> None:
    assert call.run([(1, Warned("odd metadata"))], until=1000) == []


def test_silence_counts_from_the_last_word_not_from_its_report(call: Any) -> None:
    assert call.run([(1, AgentStateChanged("listening", since=0.5))], until=9) == first(8.5)


def test_nothing_happens_while_the_agent_speaks(call: Any) -> None:
    assert call.run([call.listens(0), *call.speaks(5, 300)], until=307) == []
    assert call.run([], until=308) == first(308)


@pytest.mark.parametrize("start", [0.0, 0.5, 1e9])
def test_words_step_off_the_ladder_whatever_the_clock_says(call: Any, start: float) -> None:
    call = call.using(call.climber._position.ladder, start=start)
    assert call.run([call.listens(0), call.words(2)], until=9.9) == []
    assert call.run([], until=10) == first(10, "8.00 s since words, step 1 of 3")


def test_the_next_silence_begins_at_the_first_step(call: Any) -> None:
    facts = [call.listens(0), *call.speaks(8.2, 9), *call.sound(10, 11), call.words(11.8), *call.speaks(13, 14)]
    assert call.run(facts, until=25) == [*first(8), *first(22)]
    assert call.notes == [(11.8, "the silence ladder is reset by words")]


def test_silence_after_words_counts_from_the_sound_they_were_in(call: Any) -> None:
    facts = [call.listens(0), *call.sound(4, 5), call.words(6)]
    assert call.run(facts, until=13) == first(13, "8.00 s since words, step 1 of 3")


def test_words_in_the_middle_of_a_sound_count_from_now(call: Any) -> None:
    facts = [call.listens(0), *call.sound(4, 5), *call.sound(6, 8), call.words(7)]
    assert call.run(facts, until=15) == first(15, "8.00 s since words, step 1 of 3")


def test_words_that_are_complete_hold_nothing_any_more(call: Any) -> None:
    call = call.using(Silence(end(after=2)))
    log = call.run([call.listens(0), call.words(1, "I am", final=False), call.words(1.5)], until=10)
    assert [at for at, decision in log if isinstance(decision, EndCall)] == [3.5]


def test_a_typed_message_steps_off(call: Any) -> None:
    facts = [call.listens(0), (3, MessageCommitted("user", "hello"))]
    assert call.run(facts, until=11) == first(11, "8.00 s since words, step 1 of 3")


def test_what_the_agent_said_does_not(call: Any) -> None:
    assert call.run([call.listens(0), (3, MessageCommitted("assistant", "Hello."))], until=8) == first(8)


def test_a_key_steps_off(call: Any) -> None:
    facts = [call.listens(0), *call.speaks(8.2, 9), (12, KeyPressed("5"))]
    assert call.run(facts, until=20) == [*first(8), *first(20, "8.00 s since a key, step 1 of 3")]
    assert call.notes == [(12, "the silence ladder is reset by a key")]


@pytest.mark.parametrize("text", ["", "  \n"])
def test_empty_transcripts_are_no_words(call: Any, text: str) -> None:
    facts = [call.listens(0), call.words(7, text), call.words(7.5, text, final=False)]
    assert call.run(facts, until=8) == first(8)


def test_a_new_ladder_counts_from_now(call: Any) -> None:
    facts = [call.listens(0), (7, SilenceChanged(Silence(say("Yes?", after=3))))]
    why = "3.00 s since the ladder was changed, step 1 of 1"
    assert call.run(facts, until=60) == [(10, MarkAway(away=True, why=why)), (10, Say("Yes?", tag="silence", why=why))]


def test_a_new_ladder_is_climbed_from_its_first_step(call: Any) -> None:
    facts = [call.listens(0), *call.speaks(8.2, 9), (10, SilenceChanged(call.climber._position.ladder))]
    assert call.run(facts, until=18) == [*first(8), *first(18, "8.00 s since the ladder was changed, step 1 of 3")]


def test_no_ladder_means_no_ladder(call: Any) -> None:
    assert call.run([call.listens(0), (7, SilenceChanged(None))], until=1000) == []


def test_a_ladder_given_in_mid_silence_works(call: Any) -> None:
    call = call.using(None)
    facts = [call.listens(0), (50, SilenceChanged(Silence(end(after=3))))]
    why = "3.00 s since the ladder was changed, step 1 of 1"
    assert call.run(facts, until=60) == [
        (53, MarkAway(away=True, why=why)),
        (53, EndCall("silence", goodbye="", by="silence", why=why)),
    ]


def test_the_ladder_rests_while_the_call_ends(call: Any) -> None:
    facts = [call.listens(0), (7, EndRequested("agent_ended", goodbye="Bye.")), call.listens(9)]
    assert call.run(facts, until=1000) == []


def test_a_call_that_is_not_ended_after_all_has_a_whole_ladder(call: Any) -> None:
    facts = [call.listens(0), *call.speaks(8.2, 9), (10, EndRequested("agent_ended", goodbye="Bye.")), call.listens(12)]
    why = "8.00 s since the caller spoke during the goodbye, step 1 of 3"
    assert call.run([*facts, (13, EndCancelled("agent_ended"))], until=21) == [*first(8), *first(21, why)]


def test_a_tick_that_others_asked_for_is_nothing_to_the_ladder(call: Any) -> None:
    assert call.run([(1, Tick()), call.listens(2), (9.9, Tick())], until=9.9) == []
