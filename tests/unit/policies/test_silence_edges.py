"""Edge cases of the silence count: facts at the same moment, busy states without speech, and the reasons in words."""

from typing import Any

import pytest

from offhook.core.decisions import Say
from offhook.core.facts import AgentHandoff, AgentStateChanged, CallerStateChanged, Fact, PauseChanged, UsageUpdated


def asked(log: list[Any]) -> list[tuple[float, str]]:
    """When the caller was asked first, and why."""
    return [(at, decision.why) for at, decision in log if isinstance(decision, Say)][:1]


@pytest.mark.parametrize(("words", "asks"), [(6.9, 12), (7, 15)])
def test_words_belong_to_a_sound_that_ended_less_than_three_seconds_ago(call: Any, words: float, asks: float) -> None:
    log = call.run([call.listens(0), *call.sound(1, 4), call.words(words)], until=20)
    assert asked(log) == [(asks, "8.00 s since words, step 1 of 3")]


def test_words_hold_a_step_up_to_their_last_moment_and_not_in_it(call: Any) -> None:
    facts = [call.listens(0), call.words(2, "I", final=False), *call.sound(7, 7.4)]
    call.run(facts, until=8)
    assert call.notes == [(8, "say is held by a sound without a transcript yet, for at most 1.4 s")]


def test_a_step_that_is_held_is_told_once_whatever_else_happens(call: Any) -> None:
    others: list[tuple[float, Fact]] = [(8.1, UsageUpdated()), (8.2, UsageUpdated(input_tokens=1))]
    call.run([call.listens(0), (7.5, CallerStateChanged("speaking", since=7.5)), *others], until=13)
    assert [at for at, _ in call.notes] == [8]


def test_after_a_handoff_silence_begins_anew(call: Any) -> None:
    log = call.run([call.listens(0), (3, AgentHandoff("kitchen"))], until=12)
    assert asked(log) == [(11, "8.00 s since the handoff, step 1 of 3")]


@pytest.mark.parametrize("state", ["initializing", "idle"])
def test_nobody_is_asked_while_there_is_no_agent(call: Any, state: Any) -> None:
    assert call.run([call.listens(0), (2, AgentStateChanged(state, since=2))], until=1000) == []
    assert call.waits_until is None


def test_pauses_that_never_end_are_all_named_when_their_time_is_over(call: Any) -> None:
    pauses = [(1, PauseChanged("transfer", paused=True)), (2, PauseChanged("hold", paused=True))]
    log = call.run([call.listens(0), *pauses], until=311)
    assert asked(log) == [(310, "8.00 s since the pause (hold, transfer) should have ended, step 1 of 3")]
