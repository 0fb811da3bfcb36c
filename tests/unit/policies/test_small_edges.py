"""Limits that are easy to change by accident: the first moment, the last cent, the longest text."""

from offhook.core.commands import EndCommand, parse_command
from offhook.core.decisions import EndCall, Say
from offhook.core.ending import Limits, Prices
from offhook.core.facts import CallerFound, Planned, SessionStarted, UsageUpdated
from offhook.policies.greeting import GreetingPolicy
from offhook.policies.limits import LimitsPolicy

WEB = CallerFound("anna", phone=False, active=True)


def test_a_web_caller_is_greeted_as_soon_as_the_session_can_speak() -> None:
    greeter = GreetingPolicy()
    assert greeter.handle(Planned(greeting="Hello."), 0.0) == ()
    assert greeter.handle(WEB, 1.0) == ()
    (decision,) = greeter.handle(SessionStarted(), 2.0)
    assert isinstance(decision, Say)
    assert decision.text == "Hello."


def test_a_caller_who_is_found_again_stays_active() -> None:
    greeter = GreetingPolicy()
    for fact in (Planned(greeting="Hello."), WEB, CallerFound("anna", phone=True, active=False)):
        greeter.handle(fact, 0.0)
    assert greeter.handle(SessionStarted(), 1.0) != ()


def test_the_last_penny_ends_the_call() -> None:
    policy = LimitsPolicy()
    policy.handle(Planned(limits=Limits(cost=2.0, prices=Prices(input=1.0))), 0.0)
    assert policy.handle(UsageUpdated(input_tokens=1_999_999), 1.0) == ()
    assert [type(decision) for decision in policy.handle(UsageUpdated(input_tokens=2_000_000), 2.0)] == [EndCall]


def test_the_longest_goodbye_can_be_commanded() -> None:
    assert parse_command({"name": "end", "goodbye": "x" * 4000}) == EndCommand(goodbye="x" * 4000)
