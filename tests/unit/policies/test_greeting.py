"""The greeting is played once, when the caller is connected and the session can speak."""

import itertools

import pytest

from offhook.core.decisions import Decision, Say
from offhook.core.facts import CallerFound, CallerStatus, Fact, Planned, SessionStarted
from offhook.policies.greeting import GreetingPolicy

HELLO = Say("Hello.", tag="greeting", why="the caller is connected and the session can speak")
PLANNED = Planned(greeting="Hello.")
WEB = CallerFound("anna", phone=False, active=True)
RINGING = CallerFound("sip_1", phone=True, active=False)


def told(greeter: GreetingPolicy, *facts: Fact) -> list[Decision]:
    return [decision for fact in facts for decision in greeter.handle(fact, 0.0)]


@pytest.mark.parametrize("facts", list(itertools.permutations([PLANNED, WEB, SessionStarted()])))
def test_whatever_comes_last_the_greeting_is_said_once(facts: tuple[Fact, ...]) -> None:
    assert told(GreetingPolicy(), *facts, WEB, CallerStatus("active"), SessionStarted()) == [HELLO]


def test_a_ringing_phone_is_greeted_when_it_is_active() -> None:
    greeter = GreetingPolicy()
    assert told(greeter, PLANNED, RINGING, SessionStarted(), CallerStatus("ringing")) == []
    assert told(greeter, CallerStatus("active")) == [HELLO]


def test_a_phone_that_is_active_before_the_session_speaks_is_greeted_when_it_does() -> None:
    greeter = GreetingPolicy()
    assert told(greeter, RINGING, PLANNED, CallerStatus("active")) == []
    assert told(greeter, SessionStarted()) == [HELLO]


@pytest.mark.parametrize("greeting", [None, ""])
def test_without_a_greeting_nothing_is_said(greeting: str | None) -> None:
    assert told(GreetingPolicy(), Planned(greeting=greeting), WEB, SessionStarted()) == []


def test_it_never_needs_a_clock() -> None:
    assert GreetingPolicy().deadline is None
