"""Edges that are easy to move by accident: the first moment, the last penny, the longest text."""

from offhook.core.ending import Limits, Prices
from offhook.core.facts import CallerFound, Planned, SessionStarted, Used
from offhook.core.verbs import End, read_verb
from offhook.core.wishes import EndCall, Say
from offhook.policies.greeting import Greeter
from offhook.policies.limits import Timekeeper

WEB = CallerFound("anna", phone=False, active=True)


def test_a_web_caller_is_greeted_as_soon_as_the_session_can_speak() -> None:
    greeter = Greeter()
    assert greeter.handle(Planned(greeting="Hello."), 0.0) == ()
    assert greeter.handle(WEB, 1.0) == ()
    (wish,) = greeter.handle(SessionStarted(), 2.0)
    assert isinstance(wish, Say)
    assert wish.text == "Hello."


def test_a_caller_who_is_found_again_stays_active() -> None:
    greeter = Greeter()
    for fact in (Planned(greeting="Hello."), WEB, CallerFound("anna", phone=True, active=False)):
        greeter.handle(fact, 0.0)
    assert greeter.handle(SessionStarted(), 1.0) != ()


def test_the_last_penny_ends_the_call() -> None:
    keeper = Timekeeper()
    keeper.handle(Planned(limits=Limits(cost=2.0, prices=Prices(input=1.0))), 0.0)
    assert keeper.handle(Used(input_tokens=1_999_999), 1.0) == ()
    assert [type(wish) for wish in keeper.handle(Used(input_tokens=2_000_000), 2.0)] == [EndCall]


def test_the_longest_goodbye_can_be_commanded() -> None:
    assert read_verb({"name": "end", "goodbye": "x" * 1000}) == End(goodbye="x" * 1000)
