"""A quiet agent: no policy lets it speak, and none counts the time as silence or as a missing answer."""

import pytest

from offhook.core.decisions import Decision, MarkAway, Note, Say, StopLine
from offhook.core.ending import Limits
from offhook.core.facts import (
    AgentStateChanged,
    AwayRequested,
    CallerFound,
    CallerStateChanged,
    EndRequested,
    Planned,
    QuietChanged,
    SessionStarted,
    Tick,
    ToolEnded,
    ToolStarted,
)
from offhook.policies.away import AwayPolicy
from offhook.policies.greeting import GreetingPolicy
from offhook.policies.limits import LimitsPolicy

from .answering import ONE, UNHEARD, answers, asks, code, hears, listens, over, run, sound, speaks, thinks, tool
from .conftest import Climb

QUIET, BACK = QuietChanged("mute", by="desk"), QuietChanged("", by="desk")
WEB = CallerFound("anna", phone=False, active=True)


def spoken(log: list[tuple[float, Decision]]) -> list[tuple[float, str]]:
    return [(at, decision.text) for at, decision in log if isinstance(decision, Say)]


def test_no_step_is_taken_while_the_agent_is_quiet_for_any_time(call: Climb) -> None:
    assert call.run([call.listens(0), (5, QUIET), call.words(6), call.listens(7)], until=1800) == []
    assert call.waits_until is None


def test_the_silence_ladder_starts_at_its_first_step_when_the_agent_is_back(call: Climb) -> None:
    steps = call.run([call.listens(0), (10, QUIET), call.listens(11), (100, BACK)], until=109)
    assert spoken(steps) == [(8, "Still there?"), (108, "Still there?")]


def test_a_tool_that_still_runs_when_the_agent_is_back_delays_the_first_step(call: Climb) -> None:
    tools = [(90, ToolStarted("t", "book", "{}")), (130, ToolEnded("t", "done"))]
    steps = call.run([call.listens(0), (5, QUIET), *tools, (100, BACK)], until=139)
    assert spoken(steps) == [(138, "Still there?")]


def test_a_line_that_noise_keeps_from_starting_is_dropped(call: Climb) -> None:
    steps = call.run([call.listens(0), *call.sound(8.1, 60), (9, QUIET)], until=60)
    assert spoken(steps) == [(8, "Still there?")]


def test_no_answer_is_owed_while_the_agent_is_quiet() -> None:
    assert run([listens(0), (1, QUIET), *asks(2, 3)], until=600) == []


def test_the_deadline_of_another_policy_changes_nothing_for_a_quiet_agent() -> None:
    assert run([listens(0), (1, QUIET), *asks(2, 3), (30, Tick())], until=600) == []


def test_an_answer_that_is_owed_is_owed_no_longer_when_the_agent_goes_quiet() -> None:
    assert run([listens(0), *asks(1, 2), (3, QUIET)], until=600) == []


def test_a_filler_that_plays_stops_when_the_agent_goes_quiet() -> None:
    (_, filler), (at, stopped) = run([listens(0), *asks(1, 2), (5, QUIET)], until=600)
    assert (isinstance(filler, Say), at, stopped) == (True, 5, StopLine("filler", why="the agent is quiet"))


def test_speech_without_a_transcript_is_not_asked_for_again_while_the_agent_is_quiet() -> None:
    assert run([listens(0), (1, QUIET), *sound(2, 4)], until=600) == []
    assert run([listens(0), *sound(2, 4), (5, QUIET)], until=600) == []


def test_a_turn_after_the_quiet_is_watched_as_ever() -> None:
    heard = run([listens(0), (1, QUIET), *asks(2, 3), *over(3.8), (10, BACK), *asks(20, 21)], until=24)
    assert [text for _, text in spoken(heard)] == [ONE]


def test_speech_across_the_end_of_the_quiet_needs_a_transcript() -> None:
    heard = run([listens(0), (1, QUIET), *sound(9, 12), (10, BACK)], until=16)
    assert [text for _, text in spoken(heard)] == [UNHEARD]


def test_what_was_decided_for_a_turn_before_the_quiet_does_not_count_after_it() -> None:
    broken = code(3, "on_user_turn_completed", "error", "ValueError: 1")
    first = [*asks(1, 2, own_code=True), (2.8, QUIET), broken, (10, BACK)]
    heard = run([listens(0), *first, *asks(20, 21), *answers(22, 24)], until=60)
    assert heard == []


def test_the_answer_to_a_tool_that_ends_after_the_quiet_is_watched() -> None:
    asked = [*asks(1, 2), *tool(2.8, 30), (4, QUIET), (10, BACK), thinks(30)]
    assert [text for at, text in spoken(run([listens(0), *asked], until=34)) if at > 10] == [ONE]


def test_a_line_of_an_operator_across_the_end_of_the_quiet_is_no_answer() -> None:
    assert run([listens(0), (1, QUIET), speaks(5), (6, BACK), listens(7)], until=600) == []


def test_an_ending_call_stays_without_answers_when_the_quiet_ends() -> None:
    assert run([listens(0), *asks(1, 2), (3, EndRequested("agent_ended")), (3, BACK), hears(4)], until=600) == []


def test_a_caller_is_not_marked_away_again_while_the_agent_is_quiet() -> None:
    policy = AwayPolicy()
    policy.handle(AgentStateChanged("listening", since=0.0), 0.0)
    policy.handle(AwayRequested(away=True, by="desk"), 0.0)
    assert policy.handle(QUIET, 1.0) == ()
    assert policy.handle(CallerStateChanged("listening", since=2.0), 2.0) == ()
    assert policy.handle(BACK, 3.0) == [MarkAway(away=True, why="still requested by desk")]


def test_the_greeting_of_a_quiet_agent_is_not_said_later_either() -> None:
    policy = GreetingPolicy()
    facts = (Planned(greeting="Hello."), SessionStarted(), QUIET, WEB, BACK, SessionStarted())
    decisions = [decision for fact in facts for decision in policy.handle(fact, 0.0)]
    assert decisions == [Note(why="the greeting is not said: the agent is quiet")]


@pytest.mark.parametrize(("last", "warned"), [(QUIET, False), (BACK, True)])
def test_a_quiet_agent_does_not_warn_of_the_limit(last: QuietChanged, warned: bool) -> None:
    policy = LimitsPolicy()
    limits = Limits(seconds=100, warning="One minute left.", warn_before=60)
    for fact in (Planned(limits=limits), WEB, SessionStarted(), QUIET, last):
        policy.handle(fact, 0.0)
    (decision,) = policy.handle(Tick(), 40.0)
    assert isinstance(decision, Say) == warned
    assert policy.deadline == 100.0
