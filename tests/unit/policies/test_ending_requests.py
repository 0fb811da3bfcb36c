"""The first request to end wins; later ones are noted and ignored."""

import pytest

from offhook.core.decisions import HangUp, Note, Say
from offhook.core.ending import Ending
from offhook.core.facts import (
    AgentStateChanged,
    CallerFound,
    Ended,
    EndRequested,
    Fact,
    LinePlayed,
    PlanFailed,
    Planned,
    RoomDisconnected,
    SessionClosed,
    Tick,
)
from offhook.policies.ending import EndingPolicy

WAYS: dict[str, tuple[Fact, str]] = {
    "tool": (EndRequested("agent_ended", goodbye="Goodbye.", by="tool end_call"), "agent_ended"),
    "code": (EndRequested("agent_ended", goodbye="Goodbye.", by="code"), "agent_ended"),
    "silence": (EndRequested("silence", goodbye="Goodbye.", by="silence"), "silence"),
    "limit": (EndRequested("limit", goodbye="Goodbye.", by="limits"), "limit"),
    "error": (SessionClosed("error", error="APIError: 401"), "error"),
    "shutdown": (EndRequested("shutdown", by="worker"), "shutdown"),
    "command": (EndRequested("command", goodbye="Goodbye.", by="desk"), "command"),
}


@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", WAYS)
def test_the_first_wish_wins_and_the_second_is_told(first: str, second: str) -> None:
    policy = EndingPolicy()
    (decision, reason), (later, its_reason) = WAYS[first], WAYS[second]
    assert [type(one) for one in policy.handle(decision, 0.0)] == [Say]
    (note,) = policy.handle(later, 1.0)
    assert isinstance(note, Note)
    assert note.why.startswith(f"already ending ({reason}); ignored: {its_reason} by ")
    policy.handle(LinePlayed("goodbye"), 2.0)
    assert policy.outcome.reason == reason


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (PlanFailed("it raised"), "error by plan"),
        (SessionClosed("error", error="401"), "error by session"),
        (SessionClosed("participant_disconnected"), "caller_hung_up by caller"),
        (SessionClosed("job_shutdown"), "shutdown by livekit"),
        (SessionClosed("user_initiated"), "agent_ended by session"),
        (EndRequested("limit", by="limits"), "limit by limits"),
    ],
)
def test_the_journal_says_who_ended_the_call(fact: Fact, why: str) -> None:
    (decision,) = EndingPolicy().handle(fact, 0.0)
    assert isinstance(decision, Say | HangUp)
    assert decision.why == why


def test_a_session_that_livekit_shuts_down_has_no_voice_for_a_goodbye() -> None:
    policy = EndingPolicy()
    policy.handle(Planned(ending=Ending(shutdown="We close.")), 0.0)
    assert policy.handle(SessionClosed("job_shutdown"), 0.0) == [
        HangUp("shutdown", "room", detail="the session was closed", why="shutdown by livekit")
    ]


def test_a_web_caller_hears_the_last_word_after_an_eighth_of_a_second() -> None:
    policy = EndingPolicy()
    policy.handle(CallerFound("anna", phone=False, active=True), 0.0)
    policy.handle(WAYS["tool"][0], 0.0)
    policy.handle(LinePlayed("goodbye"), 2.0)
    assert policy.deadline == 2.12


def test_a_room_that_somebody_else_closed_is_told_with_the_reason() -> None:
    policy = EndingPolicy()
    policy.handle(RoomDisconnected("room_deleted"), 1.0)
    assert policy.outcome == Ended("room_closed", detail="room_deleted")


def test_a_goodbye_that_waits_for_a_model_that_never_answers_is_said_over_it() -> None:
    policy = EndingPolicy()
    policy.handle(AgentStateChanged("thinking", since=0.0), 0.0)
    policy.handle(WAYS["tool"][0], 1.0)
    assert policy.deadline == 4.0
    why = "the model has not finished; the goodbye is played now"
    assert policy.handle(Tick(), 4.0) == [Say("Goodbye.", tag="goodbye", interruptible=False, why=why)]
    assert policy.deadline == 16.0
    policy.handle(AgentStateChanged("thinking", since=5.0), 5.0)
    assert policy.deadline == 16.0


def test_a_model_that_thinks_after_the_goodbye_does_not_hold_up_the_end() -> None:
    policy = EndingPolicy()
    policy.handle(WAYS["tool"][0], 1.0)
    policy.handle(LinePlayed("goodbye"), 2.0)
    policy.handle(AgentStateChanged("thinking", since=2.05), 2.05)
    assert policy.deadline == 2.12


def test_a_goodbye_after_an_answer_that_comes_waits_for_it() -> None:
    policy = EndingPolicy()
    policy.handle(WAYS["tool"][0], 1.0)
    policy.handle(AgentStateChanged("thinking", since=2.0), 2.0)
    assert policy.deadline == 5.0
    policy.handle(AgentStateChanged("speaking", since=4.0), 4.0)
    assert policy.handle(Tick(), 5.0) == ()
    assert policy.deadline == 16.0


def test_a_model_that_thinks_does_not_hold_up_what_is_said_anyway() -> None:
    policy = EndingPolicy()
    policy.handle(WAYS["limit"][0], 1.0)
    policy.handle(AgentStateChanged("thinking", since=2.0), 2.0)
    assert policy.deadline == 16.0
