"""A line that a sound keeps from starting is played anyway; a line that has started or is no longer needed is not."""

from typing import Any

import pytest

from offhook.core.decisions import Ask, EndCall, Say
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
    TranscriptReceived,
)
from offhook.core.ladder import Silence
from offhook.core.steps import ask, end, goodbye, say

LADDER = Silence(say("Still there?", after=8), goodbye("Bye.", after=8), hold=3)
NOISY = (8.1, CallerStateChanged("speaking", since=8.1))


def lines(log: list[Any]) -> list[tuple[float, bool]]:
    return [(at, decision.interruptible) for at, decision in log if isinstance(decision, Say | Ask)]


def test_a_line_that_does_not_begin_is_said_over_the_sound(call: Any) -> None:
    call = call.using(LADDER)
    log = call.run([call.listens(0), NOISY], until=12)
    assert lines(log) == [(8, True), (11, False)]
    assert log[-1][1].why == "say could not start because of a sound; it is played now"


def test_the_next_step_waits_for_the_line_that_was_said_over_the_sound(call: Any) -> None:
    call = call.using(LADDER)
    log = call.run([call.listens(0), NOISY, *call.speaks(11.2, 12)], until=60)
    assert [at for at, decision in log if isinstance(decision, EndCall)] == [23]


def test_what_the_model_says_is_said_over_the_sound_too(call: Any) -> None:
    call = call.using(Silence(ask("Offer help.", after=8), end(after=9), hold=3))
    assert lines(call.run([call.listens(0), NOISY], until=12)) == [(8, True), (11, False)]


def test_the_model_speaks_uninterrupted_over_a_sound_that_was_there_before(call: Any) -> None:
    call = call.using(Silence(ask("Offer help.", after=8), hold=3))
    assert lines(call.run([call.listens(0), (7, CallerStateChanged("speaking", since=7))], until=30)) == [(11, False)]


@pytest.mark.parametrize(
    "fact",
    [
        AgentStateChanged("speaking", since=108.2),
        LinePlayed("silence"),
        ToolStarted("t", "book", "{}"),
        MessageCommitted("user", "I am here"),
        KeyPressed("1"),
        EndRequested("agent_ended"),
        SilenceChanged(None),
        CallerStateChanged("listening", since=108.2),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_a_line_that_has_begun_or_is_not_wanted_is_not_said_again(call: Any, fact: Fact) -> None:
    call = call.using(LADDER)
    assert lines(call.run([call.listens(0), NOISY, (8.2, fact)], until=13)) == [(8, True)]


def test_words_that_come_while_it_waits_change_nothing_for_it(call: Any) -> None:
    call = call.using(LADDER)
    assert lines(call.run([call.listens(0), NOISY, (9, TranscriptReceived("he", final=False))], until=12)) == [
        (8, True),
        (11, False),
    ]


def test_a_sound_that_comes_when_it_should_have_begun_long_ago_is_talked_over_at_once(call: Any) -> None:
    call = call.using(LADDER)
    call.run([call.listens(0)], until=15)
    assert call.waits_until == 36
    call.run([(15, CallerStateChanged("speaking", since=15))], until=15)
    assert [interruptible for _, interruptible in lines(call.log)] == [True, False]
