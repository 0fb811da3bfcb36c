"""Who answered decides: a message and the end, the answer to a screening machine, or a talk."""

import pytest

from offhook.core.decisions import EndCall, Note, Say
from offhook.core.facts import AnsweredBy, CallerStatus, LinePlayed, PauseChanged, Planned, SessionStarted
from offhook.core.facts import CallerFound as Found
from offhook.policies.dial_voicemail import VoicemailPolicy
from offhook.policies.greeting import GreetingPolicy

from .answering import asks, listens, run


def test_a_message_is_left_and_the_call_ends() -> None:
    policy = VoicemailPolicy()
    (said,) = policy.handle(AnsweredBy("voicemail", message="Call us.", file="call.wav"), now=0)
    assert isinstance(said, Say)
    assert (said.text, said.file, said.interruptible) == ("Call us.", "call.wav", True)
    (end,) = policy.handle(LinePlayed("voicemail"), now=5)
    assert end == EndCall("voicemail", goodbye="", by="voicemail", why="the message was left")


def test_a_message_that_cannot_be_played_ends_the_call_too() -> None:
    (end,) = VoicemailPolicy().handle(LinePlayed("voicemail", error="no voice"), now=5)
    assert isinstance(end, EndCall)
    assert end.why == "the message could not be played: no voice"


@pytest.mark.parametrize("fact", [AnsweredBy("voicemail"), AnsweredBy("mailbox_full", message="Call us.")])
def test_without_a_message_to_leave_the_call_ends_at_once(fact: AnsweredBy) -> None:
    (end,) = VoicemailPolicy().handle(fact, now=0)
    assert isinstance(end, EndCall)
    assert (end.reason, end.goodbye) == ("voicemail", "")


def test_a_person_who_speaks_during_the_message_is_talked_to() -> None:
    (note,) = VoicemailPolicy().handle(LinePlayed("voicemail", interrupted=True), now=5)
    assert isinstance(note, Note)


def test_a_machine_that_asks_who_is_calling_gets_the_answer() -> None:
    (said,) = VoicemailPolicy().handle(AnsweredBy("screening", message="The clinic."), now=0)
    assert isinstance(said, Say)
    assert said.text == "The clinic."


@pytest.mark.parametrize(
    "fact", [AnsweredBy("person"), AnsweredBy("unknown"), AnsweredBy("menu"), AnsweredBy("screening"), LinePlayed("x")]
)
def test_everybody_else_is_left_to_the_agent(fact: AnsweredBy | LinePlayed) -> None:
    assert VoicemailPolicy().handle(fact, now=0) == ()


def greeting(*facts: AnsweredBy | PauseChanged) -> list[object]:
    policy = GreetingPolicy()
    before = [Planned(greeting="Hello."), PauseChanged("amd", paused=True), Found("phone", phone=True, active=False)]
    for fact in (*before, CallerStatus("active"), SessionStarted()):
        assert policy.handle(fact, now=0) == ()
    return [decision for fact in facts for decision in policy.handle(fact, now=1)]


def test_a_person_is_greeted_when_the_detection_is_over() -> None:
    (said,) = greeting(AnsweredBy("person"), PauseChanged("amd", paused=False))
    assert isinstance(said, Say)
    assert said.text == "Hello."


def test_a_machine_is_not_greeted() -> None:
    assert greeting(AnsweredBy("voicemail"), PauseChanged("amd", paused=False)) == []


def test_no_filler_is_said_while_the_detection_holds_the_agent() -> None:
    asked = [listens(0), *asks(1, 2)]
    held = [(0.5, PauseChanged("amd", paused=True)), *asked, (20.0, PauseChanged("amd", paused=False))]
    assert [at for at, _ in run(sorted(held, key=lambda one: one[0]), until=21)] == [20.0]
