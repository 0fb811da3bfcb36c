"""A caller who speaks during a goodbye may continue, if the plan allows that and nothing else must end the call."""

import pytest

from offhook.core.decisions import CancelEnding, HangUp, Say
from offhook.core.ending import Ending
from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    Ended,
    EndRequested,
    Fact,
    LinePlayed,
    Planned,
    SessionClosed,
    Tick,
)
from offhook.policies.ending import EndingPolicy

BYE = EndRequested("agent_ended", goodbye="Goodbye.", by="tool", detail="they said bye")
SAID = LinePlayed("goodbye")
CUT_SHORT = LinePlayed("goodbye", interrupted=True)
PLAYED_OUT = HangUp("agent_ended", "room", detail="they said bye", why="the goodbye was played")
LIMIT = EndRequested("limit", goodbye="Time is up.", by="limits")


def goodbye(text: str, why: str, *, interruptible: bool = False) -> Say:
    twice = why.startswith("agent_ended")
    return Say(text, tag="goodbye", interruptible=interruptible, skip_if_goodbye_said=twice, why=why)


def reconsidering(*facts: Fact) -> EndingPolicy:
    policy = EndingPolicy()
    for fact in (Planned(ending=Ending(on_interruption="reconsider")), *facts):
        policy.handle(fact, 0.0)
    return policy


@pytest.mark.parametrize("reason", ["agent_ended", "silence"])
def test_whoever_speaks_into_a_goodbye_that_is_reconsidered_goes_on_talking(reason: str) -> None:
    policy = reconsidering()
    decision = EndRequested(reason, goodbye="Goodbye.", by="tool")  # type: ignore[arg-type]  # parametrized
    assert policy.handle(decision, 0.0) == [goodbye("Goodbye.", f"{reason} by tool", interruptible=True)]
    assert policy.handle(CUT_SHORT, 1.0) == [
        CancelEnding(reason, why="the caller spoke during the goodbye")  # type: ignore[arg-type]  # parametrized
    ]
    assert (policy.stage, policy.begun, policy.deadline) == ("open", False, None)


def test_after_reconsidering_a_later_end_works() -> None:
    policy = reconsidering(BYE, CUT_SHORT)
    assert policy.handle(BYE, 9.0) == [goodbye("Goodbye.", "agent_ended by tool", interruptible=True)]
    policy.handle(SAID, 10.0)
    assert policy.handle(Tick(), 10.12) == [PLAYED_OUT]


def test_a_goodbye_said_to_its_end_is_not_reconsidered() -> None:
    policy = reconsidering(BYE)
    policy.handle(SAID, 1.0)
    assert policy.stage == "tail"


@pytest.mark.parametrize("reason", ["limit", "shutdown", "command", "error"])
def test_nobody_talks_their_way_out_of_other_ends(reason: str) -> None:
    decision = EndRequested(reason, goodbye="Goodbye.")  # type: ignore[arg-type]  # parametrized
    assert reconsidering().handle(decision, 0.0) == [goodbye("Goodbye.", f"{reason} by code")]


def test_a_limit_that_came_during_a_goodbye_still_ends_a_call_that_is_reconsidered() -> None:
    policy = reconsidering(BYE, LIMIT, EndRequested("shutdown"))
    assert policy.handle(CUT_SHORT, 3.0) == [goodbye("Time is up.", "limit by limits")]
    assert policy.deadline == 18.0
    assert policy.outcome == Ended("limit")


def test_a_session_that_died_during_a_goodbye_is_not_talked_to_again() -> None:
    policy = reconsidering(BYE, SessionClosed("user_initiated"))
    assert policy.handle(CUT_SHORT, 3.0) == [
        HangUp(
            "agent_ended",
            "room",
            detail="the session was closed: user_initiated",
            why="agent_ended by session",
        )
    ]


def test_asking_twice_for_a_goodbye_does_not_make_it_firm() -> None:
    policy = reconsidering(BYE, BYE)
    assert policy.handle(CUT_SHORT, 3.0) == [CancelEnding("agent_ended", why="the caller spoke during the goodbye")]


def test_a_goodbye_that_waits_for_silence_in_vain_is_said_over_the_noise() -> None:
    policy = reconsidering(CallerStateChanged("speaking", since=0.0), BYE)
    assert policy.deadline == 3.0
    assert policy.handle(Tick(), 3.0) == [
        goodbye("Goodbye.", "there is sound on the caller's side; the goodbye is played now")
    ]
    assert policy.deadline == 15.0
    policy.handle(SAID, 5.0)
    assert policy.handle(Tick(), 5.12) == [PLAYED_OUT]


def test_what_is_said_over_the_noise_cannot_be_called_off() -> None:
    policy = reconsidering(CallerStateChanged("speaking", since=0.0), BYE)
    policy.handle(Tick(), 3.0)
    assert policy.handle(CUT_SHORT, 4.0) == ()
    assert policy.stage == "tail"


@pytest.mark.parametrize(
    "going",
    [AgentStateChanged("speaking", since=1.0), CallerStateChanged("listening", since=1.0)],
    ids=["begun", "quiet"],
)
def test_a_goodbye_that_can_be_heard_is_left_alone(going: Fact) -> None:
    policy = reconsidering(CallerStateChanged("speaking", since=0.0), BYE, going)
    assert policy.handle(Tick(), 3.0) == ()
    assert policy.deadline == 6.0
    assert policy.handle(CUT_SHORT, 4.0) == [CancelEnding("agent_ended", why="the caller spoke during the goodbye")]


def test_a_goodbye_is_looked_after_until_patience_runs_out() -> None:
    policy = reconsidering(BYE)
    ticks = []
    while policy.stage == "goodbye":
        assert policy.deadline is not None
        ticks.append(policy.deadline)
        policy.handle(Tick(), policy.deadline)
    assert ticks == [3.0, 6.0, 9.0, 12.0, 15.0]
