"""A call ends once, with its goodbye, and a failure does not stop the ending."""

import pytest

from offhook.core.decisions import HangUp, Note, Say
from offhook.core.ending import Ending
from offhook.core.facts import (
    CallerFound,
    Ended,
    EndRequested,
    Fact,
    HangUpDone,
    LinePlayed,
    PlanFailed,
    Planned,
    SessionClosed,
    Tick,
    Warned,
)
from offhook.policies.ending import EndingPolicy

BYE = EndRequested("agent_ended", goodbye="Goodbye.", by="tool", detail="they said bye")
SAID = LinePlayed("goodbye")
CUT_SHORT = LinePlayed("goodbye", interrupted=True)
PLAYED_OUT = HangUp("agent_ended", "room", detail="they said bye", why="the goodbye was played")
LIMIT = EndRequested("limit", goodbye="Time is up.", by="limits")


def goodbye(text: str, why: str) -> Say:
    twice = why.startswith("agent_ended")
    return Say(text, tag="goodbye", interruptible=False, skip_if_goodbye_said=twice, why=why)


def closer(*facts: Fact, ending: Ending | None = None) -> EndingPolicy:
    policy = EndingPolicy()
    policy.handle(Planned(ending=ending or Ending()), 0.0)
    for fact in facts:
        policy.handle(fact, 0.0)
    return policy


def test_the_goodbye_is_said_to_its_end() -> None:
    assert closer().handle(BYE, 0.0) == [goodbye("Goodbye.", "agent_ended by tool")]


def test_the_line_is_cut_once_the_last_word_is_heard() -> None:
    policy = closer(BYE)
    assert policy.handle(SAID, 2.0) == ()
    assert policy.deadline == 2.12
    assert policy.handle(Tick(), 2.05) == ()
    assert policy.handle(Tick(), 2.12) == [PLAYED_OUT]
    assert (policy.stage, policy.deadline) == ("closing", 32.12)


def test_a_phone_hears_the_last_word_later() -> None:
    policy = closer(CallerFound("sip_1", phone=True, active=True), BYE)
    policy.handle(SAID, 2.0)
    assert policy.deadline == 2.3


def test_without_a_goodbye_the_line_is_cut_at_once() -> None:
    hang_up = [HangUp("agent_ended", "room", why="agent_ended by code")]
    assert closer().handle(EndRequested("agent_ended"), 0.0) == hang_up
    assert closer().handle(EndRequested("agent_ended", goodbye=" "), 0.0) == hang_up


def test_an_error_apologises_and_a_shutdown_says_so() -> None:
    plan = Ending(apology="Sorry.", shutdown="We close.")
    assert closer(ending=plan).handle(EndRequested("error"), 0.0) == [goodbye("Sorry.", "error by code")]
    assert closer(ending=plan).handle(EndRequested("shutdown"), 0.0) == [goodbye("We close.", "shutdown by code")]


def test_an_apology_may_be_left_out() -> None:
    assert closer(ending=Ending(apology="")).handle(EndRequested("error"), 0.0) == [
        HangUp("error", "room", why="error by code")
    ]


def test_the_scope_of_the_wish_wins_over_the_plan() -> None:
    policy = closer(ending=Ending(scope="caller"))
    assert policy.handle(EndRequested("command", scope="agent"), 0.0) == [
        HangUp("command", "agent", why="command by code")
    ]
    assert closer(ending=Ending(scope="caller")).handle(EndRequested("command"), 0.0) == [
        HangUp("command", "caller", why="command by code")
    ]


def test_the_first_wish_wins() -> None:
    policy = closer(BYE)
    why = "already ending (agent_ended); ignored: limit by limits"
    assert policy.handle(LIMIT, 1.0) == [Note(why=why)]
    assert policy.outcome == Ended("agent_ended", detail="they said bye")


def test_a_goodbye_that_never_ends_is_cut() -> None:
    policy = closer(BYE, ending=Ending(timeout=5))
    assert policy.deadline == 5.0
    assert policy.handle(Tick(), 5.0) == [
        HangUp("agent_ended", "room", detail="they said bye", why="the goodbye timed out")
    ]


def test_a_goodbye_that_cannot_be_said_is_left_out() -> None:
    assert closer(BYE).handle(LinePlayed("goodbye", error="no voice"), 1.0) == [
        HangUp("agent_ended", "room", detail="they said bye", why="the goodbye could not be played: no voice")
    ]


def test_other_lines_do_not_end_the_goodbye() -> None:
    policy = closer(BYE)
    assert policy.handle(LinePlayed("silence"), 1.0) == ()
    assert policy.stage == "goodbye"


def test_whoever_speaks_into_a_goodbye_that_is_finished_does_not_stop_it() -> None:
    policy = closer(BYE)
    assert policy.handle(CUT_SHORT, 1.0) == ()
    assert policy.stage == "tail"


def test_a_line_that_closes_with_no_wish_is_an_error_of_ours() -> None:
    assert closer(HangUpDone("room")).outcome == Ended("error", detail="the supervisor stopped")


@pytest.mark.parametrize(
    ("fact", "reason", "detail", "said"),
    [
        (PlanFailed("no such table"), "error", "no such table", True),
        (SessionClosed("error", error="APIError: 401"), "error", "APIError: 401", True),
        (SessionClosed("participant_disconnected"), "caller_hung_up", "the session was closed", False),
        (SessionClosed("job_shutdown"), "shutdown", "the session was closed", False),
        (SessionClosed("user_initiated"), "agent_ended", "the session was closed: user_initiated", False),
        (SessionClosed("task_completed"), "agent_ended", "the session was closed: task_completed", False),
    ],
)
def test_what_ends_a_session_ends_the_call(fact: Fact, reason: str, detail: str, said: bool) -> None:
    policy = closer(fact)
    assert policy.outcome == Ended(reason, detail=detail)  # type: ignore[arg-type]  # parametrized
    assert policy.stage == ("goodbye" if said else "closing")


def test_other_facts_are_nothing_to_it() -> None:
    policy = closer()
    assert policy.handle(Warned("odd metadata"), 0.0) == ()
    assert policy.handle(Tick(), 0.0) == ()
    assert (policy.stage, policy.begun) == ("open", False)
