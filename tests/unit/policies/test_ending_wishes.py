"""Whoever wants the end first has it; what comes later is told and changes nothing."""

import pytest

from offhook.core.ending import Ending
from offhook.core.facts import (
    AgentTurned,
    CallerFound,
    Ended,
    EndWanted,
    Fact,
    LineLost,
    PlanFailed,
    Planned,
    SessionClosed,
    Spoken,
    Tick,
)
from offhook.core.wishes import HangUp, Note, Say
from offhook.policies.ending import Closer

WAYS: dict[str, tuple[Fact, str]] = {
    "tool": (EndWanted("agent_ended", goodbye="Goodbye.", by="tool end_call"), "agent_ended"),
    "code": (EndWanted("agent_ended", goodbye="Goodbye.", by="code"), "agent_ended"),
    "silence": (EndWanted("silence", goodbye="Goodbye.", by="silence"), "silence"),
    "limit": (EndWanted("limit", goodbye="Goodbye.", by="limits"), "limit"),
    "error": (SessionClosed("error", error="APIError: 401"), "error"),
    "shutdown": (EndWanted("shutdown", by="worker"), "shutdown"),
    "command": (EndWanted("command", goodbye="Goodbye.", by="desk"), "command"),
}


@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", WAYS)
def test_the_first_wish_wins_and_the_second_is_told(first: str, second: str) -> None:
    closer = Closer()
    (wish, reason), (later, its_reason) = WAYS[first], WAYS[second]
    assert [type(one) for one in closer.handle(wish, 0.0)] == [Say]
    (note,) = closer.handle(later, 1.0)
    assert isinstance(note, Note)
    assert note.why.startswith(f"already ending ({reason}); {its_reason} by ")
    closer.handle(Spoken("goodbye"), 2.0)
    assert closer.outcome.reason == reason


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (PlanFailed("it raised"), "error by plan"),
        (SessionClosed("error", error="401"), "error by session"),
        (SessionClosed("participant_disconnected"), "caller_hung_up by caller"),
        (SessionClosed("job_shutdown"), "shutdown by livekit"),
        (SessionClosed("user_initiated"), "agent_ended by session"),
        (EndWanted("limit", by="limits"), "limit by limits"),
    ],
)
def test_the_journal_says_who_ended_the_call(fact: Fact, why: str) -> None:
    (wish,) = Closer().handle(fact, 0.0)
    assert isinstance(wish, Say | HangUp)
    assert wish.why == why


def test_a_session_that_livekit_shuts_down_has_no_voice_for_a_goodbye() -> None:
    closer = Closer()
    closer.handle(Planned(ending=Ending(shutdown="We close.")), 0.0)
    assert closer.handle(SessionClosed("job_shutdown"), 0.0) == [
        HangUp("shutdown", "room", detail="the session was closed", why="shutdown by livekit")
    ]


def test_a_web_caller_hears_the_last_word_after_an_eighth_of_a_second() -> None:
    closer = Closer()
    closer.handle(CallerFound("anna", phone=False, active=True), 0.0)
    closer.handle(WAYS["tool"][0], 0.0)
    closer.handle(Spoken("goodbye"), 2.0)
    assert closer.deadline == 2.12


def test_a_room_that_somebody_else_closed_is_told_with_the_reason() -> None:
    closer = Closer()
    closer.handle(LineLost("room_deleted"), 1.0)
    assert closer.outcome == Ended("room_closed", detail="room_deleted")


def test_a_goodbye_that_waits_for_a_model_that_never_answers_is_said_over_it() -> None:
    closer = Closer()
    closer.handle(AgentTurned("thinking", since=0.0), 0.0)
    closer.handle(WAYS["tool"][0], 1.0)
    assert closer.deadline == 4.0
    why = "the model does not stop thinking; the goodbye is said over it"
    assert closer.handle(Tick(), 4.0) == [Say("Goodbye.", tag="goodbye", interruptible=False, why=why)]
    assert closer.deadline == 16.0
    closer.handle(AgentTurned("thinking", since=5.0), 5.0)
    assert closer.deadline == 16.0


def test_a_model_that_thinks_after_the_goodbye_does_not_hold_up_the_end() -> None:
    closer = Closer()
    closer.handle(WAYS["tool"][0], 1.0)
    closer.handle(Spoken("goodbye"), 2.0)
    closer.handle(AgentTurned("thinking", since=2.05), 2.05)
    assert closer.deadline == 2.12


def test_a_goodbye_after_an_answer_that_comes_waits_for_it() -> None:
    closer = Closer()
    closer.handle(WAYS["tool"][0], 1.0)
    closer.handle(AgentTurned("thinking", since=2.0), 2.0)
    assert closer.deadline == 5.0
    closer.handle(AgentTurned("speaking", since=4.0), 4.0)
    assert closer.handle(Tick(), 5.0) == ()
    assert closer.deadline == 16.0


def test_a_model_that_thinks_does_not_hold_up_what_is_said_anyway() -> None:
    closer = Closer()
    closer.handle(WAYS["limit"][0], 1.0)
    closer.handle(AgentTurned("thinking", since=2.0), 2.0)
    assert closer.deadline == 16.0
