"""A line that a sound has cut off is repeated from its start before the next step: half a question is no question."""

from typing import Any

import pytest

from offhook.core.decisions import Ask, EndCall, MarkAway, Say
from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    EndRequested,
    Fact,
    KeyPressed,
    LinePlayed,
    MessageCommitted,
    SilenceChanged,
    ToolStarted,
)
from offhook.core.ladder import Silence
from offhook.core.steps import ask, goodbye, say

LADDER = Silence(say("Still there?", after=4), goodbye("Bye.", after=8), hold=6)


def torn(call: Any, *, at: float = 5) -> list[Any]:
    """The question starts at second 4, and a sound stops it then."""
    speaking, stopped = AgentStateChanged("speaking", since=4.1), AgentStateChanged("listening", since=at)
    return [call.listens(0), (4.1, speaking), *call.sound(at - 0.5, at + 1), (at, stopped)]


def lines(log: list[Any]) -> list[tuple[float, type, bool]]:
    return [
        (at, type(decision), getattr(decision, "interruptible", False))
        for at, decision in log
        if not isinstance(decision, MarkAway)
    ]


def test_a_torn_line_is_said_again_and_cannot_be_torn_again(call: Any) -> None:
    call = call.using(LADDER)
    log = call.run(torn(call), until=9)
    assert lines(log) == [(4, Say, True), (9, Say, False)]
    assert log[-1][1] == Say(
        "Still there?", tag="silence", interruptible=False, why="say was cut off by a sound; it is repeated"
    )


def test_the_next_step_is_taken_after_the_line_was_heard_whole(call: Any) -> None:
    call = call.using(LADDER)
    log = call.run([*torn(call), *call.speaks(9.1, 10), (10, LinePlayed("silence"))], until=30)
    assert [at for at, decision in log if isinstance(decision, EndCall)] == [18]


def test_a_line_that_was_torn_and_then_cut_is_said_again_too(call: Any) -> None:
    call = call.using(LADDER)
    assert lines(call.run([*torn(call), (5, LinePlayed("silence", interrupted=True))], until=10)) == [
        (4, Say, True),
        (9, Say, False),
    ]


def test_a_sound_holds_what_is_said_again(call: Any) -> None:
    call = call.using(LADDER)
    assert lines(call.run([*torn(call), *call.sound(8.5, 9.5)], until=20)) == [(4, Say, True), (11.5, Say, False)]
    assert call.notes == [(9, "say is held by a sound, for at most 6.0 s")]


def test_what_the_model_said_is_asked_of_it_again(call: Any) -> None:
    call = call.using(Silence(ask("Offer help.", after=4), goodbye("Bye.", after=8), hold=6))
    assert lines(call.run(torn(call), until=10)) == [(4, Ask, True), (9, Ask, False)]


def test_the_last_line_of_a_ladder_is_said_again_too(call: Any) -> None:
    call = call.using(Silence(say("Still there?", after=4), hold=6))
    assert lines(call.run(torn(call), until=60)) == [(4, Say, True), (9, Say, False)]


def test_a_line_that_waited_behind_a_torn_answer_is_said_over_what_tears_it(call: Any) -> None:
    call = call.using(LADDER)
    facts = [
        call.listens(0),
        *call.sound(4.2, 6.4),
        *call.speaks(8.5, 9.3),  # the answer continues and is cut off again
        *call.sound(8.8, 10.2),
        *call.speaks(12.5, 12.6),
        *call.sound(12.4, 14.2),
        *call.speaks(16.5, 17.2),  # the question starts and is cut off
        *call.sound(16.6, 18.2),
    ]
    assert lines(call.run(facts, until=22)) == [(4, Say, True), (21.2, Say, False)]


@pytest.mark.parametrize(
    "fact",
    [
        LinePlayed("silence"),
        MessageCommitted("user", "I am here"),
        KeyPressed("1"),
        ToolStarted("t", "book", "{}"),
        EndRequested("agent_ended"),
        SilenceChanged(None),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_what_was_heard_or_is_not_wanted_is_not_said_again(call: Any, fact: Fact) -> None:
    call = call.using(LADDER)
    said = call.run([*torn(call), (6, fact)], until=12)
    assert [decision.interruptible for _, decision in said if isinstance(decision, Say)] in ([True], [True, True])


def test_words_in_the_line_are_an_answer_to_it(call: Any) -> None:
    call = call.using(LADDER)
    assert lines(call.run([*torn(call), call.words(6)], until=10)) == [(4, Say, True), (10, Say, True)]


def test_a_line_that_ends_into_a_sound_is_not_torn(call: Any) -> None:
    call = call.using(LADDER)
    log = call.run([*torn(call), (5, LinePlayed("silence"))], until=13)
    assert lines(log) == [(4, Say, True), (13, EndCall, False)]


def test_a_line_that_is_cut_without_a_sound_is_not_said_again(call: Any) -> None:
    call = call.using(LADDER)
    facts = [call.listens(0), *call.speaks(4.1, 4.5), (4.5, LinePlayed("silence", interrupted=True))]
    assert lines(call.run(facts, until=13)) == [(4, Say, True), (12.5, EndCall, False)]


def test_an_answer_that_a_sound_tears_off_is_not_a_line_of_the_ladder(call: Any) -> None:
    call = call.using(LADDER)
    facts = [
        call.listens(0),
        (1, AgentStateChanged("speaking", since=1)),
        (1.5, CallerStateChanged("speaking", since=1.5)),
    ]
    facts += [call.listens(2), (2.5, CallerStateChanged("listening", since=2))]
    assert lines(call.run(facts, until=6)) == [(6, Say, True)]
