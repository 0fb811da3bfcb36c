"""Facts in, wishes carried out, everything on record with its number and its cause."""

import asyncio
from typing import Any

from offhook.core.ending import Ending
from offhook.core.facts import (
    AgentTurned,
    AwayWanted,
    CallerFound,
    CallerLeft,
    Commanded,
    Connected,
    Ended,
    EndWanted,
    LineLost,
    ModelFailed,
    Planned,
    SessionStarted,
    Warned,
)
from offhook.core.ladder import Silence, ask, goodbye, say
from offhook.core.record import Record, body_of
from offhook.core.verbs import End
from offhook.core.wishes import Ask, HangUp, MarkAway, Say
from offhook.session.supervisor import Supervisor

BYE = EndWanted("agent_ended", goodbye="Goodbye.", by="tool")
GOODBYE = Say("Goodbye.", tag="goodbye", interruptible=False, unless_said=True, why="agent_ended by tool")
CUT = HangUp("agent_ended", "room", why="the goodbye was played out")
CUT_AT_ONCE = HangUp("command", "room", why="command by code")
ENOUGH = 20


def begin(supervisor: Supervisor, **plan: Any) -> None:
    for fact in (
        Connected("room", "agent"),
        CallerFound("anna", phone=False, active=True),
        Planned(**plan),
        SessionStarted(),
        AgentTurned("listening", since=supervisor.now()),
    ):
        supervisor.post(fact)


async def test_a_goodbye_is_played_out_and_then_the_line_is_cut(edge: Any, supervisor: Supervisor) -> None:
    begin(supervisor)
    supervisor.post(BYE)
    assert await supervisor.run() == Ended("agent_ended", seconds=1.12)
    assert edge.done == [(0.0, GOODBYE), (1.12, CUT)]
    assert supervisor.over


async def test_every_wish_is_on_record_with_its_cause(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(BYE)
    await supervisor.run()
    assert [(r.seq, r.kind, r.name, r.cause, r.by) for r in edge.records] == [
        (1, "fact", "EndWanted", None, ""),
        (2, "wish", "Say", 1, "Closer"),
        (3, "fact", "Spoken", 2, ""),
        (4, "fact", "Tick", None, ""),
        (5, "wish", "HangUp", 4, "Closer"),
        (6, "fact", "LineClosed", 5, ""),
    ]
    assert {record.call for record in edge.records} == {"call-1"}
    assert [record.elapsed for record in edge.records] == [0.0, 0.0, 1.0, 1.12, 1.12, 1.12]
    start = edge.records[0].at
    assert [round(record.at - start, 3) for record in edge.records] == [0.0, 0.0, 1.0, 1.12, 1.12, 1.12]
    assert edge.records[1].body == body_of(GOODBYE)


async def test_a_tick_that_leads_to_nothing_is_not_on_record(edge: Any, supervisor: Supervisor) -> None:
    edge.line_takes = 40.0  # the closer's own deadline passes
    supervisor.post(EndWanted("command"))
    assert await supervisor.run() == Ended("command", detail="left open: no answer from the line in 30 s", seconds=30.0)
    assert edge.names() == ["EndWanted", "HangUp"]


async def test_since_is_on_record_as_the_reader_counts(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(AgentTurned("listening", since=supervisor.now() - 0.25))
    assert edge.records == [
        Record(
            "call-1", 1, edge.records[0].at, 0.0, "fact", "AgentTurned", {"state": "listening", "since": -0.25}, None
        )
    ]


async def test_the_ladder_is_climbed_to_the_end_of_the_call(edge: Any, supervisor: Supervisor) -> None:
    begin(supervisor, silence=Silence(say("Yes?", after=8), ask("Help.", after=10), goodbye("Bye.", after=8)))
    assert (await supervisor.run()).reason == "silence"
    assert [(at, type(what)) for at, what in edge.done] == [
        (8.0, MarkAway),
        (8.0, Say),
        (19.0, Ask),
        (28.0, Say),
        (29.12, HangUp),
    ]
    wish = edge.find("EndCall")
    assert edge.find("EndWanted").cause == wish.seq
    assert edge.find("EndWanted").body["by"] == "silence"


async def test_a_line_of_others_is_dropped_once_the_call_ends_and_that_is_on_record(
    edge: Any, supervisor: Supervisor
) -> None:
    supervisor.post(BYE)
    begin(supervisor, greeting="Hello.")
    await supervisor.run()
    assert edge.done == [(0.0, GOODBYE), (1.12, CUT)]
    (dropped,) = [r for r in edge.records if r.name == "Say" and r.by == "Greeter"]
    note = edge.find("Note")
    assert (note.body, note.cause, note.by) == ({"why": "dropped: the call is ending"}, dropped.seq, "Supervisor")


async def test_nothing_is_cut_before_the_journal_is_safe(edge: Any, supervisor: Supervisor) -> None:
    edge.safe_takes = 0.7
    supervisor.post(EndWanted("command"))
    await supervisor.run()
    assert edge.safe_at == [0.7]
    assert edge.done == [(0.7, CUT_AT_ONCE)]


async def test_a_goodbye_does_not_wait_for_the_journal(edge: Any, supervisor: Supervisor) -> None:
    edge.safe_takes = 5.0
    supervisor.post(BYE)
    await supervisor.run()
    assert edge.done == [(0.0, GOODBYE), (6.12, CUT)]


async def test_a_command_is_answered_once_it_is_safe_and_told_when_it_is_done(
    edge: Any, supervisor: Supervisor
) -> None:
    edge.safe_takes = 0.5
    running = asyncio.create_task(supervisor.run())
    await supervisor.post_safely(Commanded("c1", by="desk", verb=End()))
    assert edge.safe_at == [0.5]
    assert (await running).reason == "command"
    assert edge.find("EndCall").cause == edge.find("Commanded").seq
    assert edge.find("EndWanted").cause == edge.find("EndCall").seq
    assert edge.find("Applied").cause == edge.find("Report").seq
    assert edge.find("Applied").body == {"id": "c1", "result": {}}


async def test_many_wishes_to_end_cut_the_line_once(edge: Any, supervisor: Supervisor) -> None:
    begin(supervisor)
    for _ in range(ENOUGH):
        supervisor.post(BYE)
        supervisor.post(CallerLeft("client_initiated"))
    assert (await supervisor.run()).reason == "agent_ended"
    assert [type(what) for _, what in edge.done] == [Say, HangUp]


async def test_a_caller_who_speaks_into_the_goodbye_goes_on_talking(edge: Any, supervisor: Supervisor) -> None:
    edge.says = lambda wish: wish == Say("Bye.", tag="goodbye", interruptible=True, unless_said=True, why=wish.why)
    begin(supervisor, ending=Ending(over="reconsider"), silence=Silence(say("Yes?", after=8)))
    supervisor.post(EndWanted("agent_ended", goodbye="Bye."))
    supervising = asyncio.create_task(supervisor.run())
    await asyncio.sleep(10)
    assert edge.names().count("EndCancelled") == 1
    assert edge.find("EndCancelled").cause == edge.find("Resume").seq
    supervisor.post(EndWanted("command"))
    assert await supervising == Ended("command", seconds=10.0)
    assert [(at, type(what)) for at, what in edge.done] == [(0.0, Say), (9.0, MarkAway), (9.0, Say), (10.0, HangUp)]


async def test_facts_that_no_policy_knows_are_on_record(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(Warned("odd metadata"))
    supervisor.post(ModelFailed("stt_error", recoverable=True, error="503"))
    supervisor.post(LineLost("room_deleted"))
    await supervisor.run()
    assert edge.names() == ["Warned", "ModelFailed", "LineLost"]


async def test_a_call_that_was_called_away_is_shown_so(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(AwayWanted(away=True, by="desk"))
    supervisor.post(LineLost("room_deleted"))
    await supervisor.run()
    assert edge.done == [(0.0, MarkAway(away=True, why="by desk"))]


async def test_a_long_call_ends_at_its_limit(edge: Any, supervisor: Supervisor) -> None:
    begin(supervisor)
    assert await supervisor.run() == Ended("limit", detail="3600 s are the longest a call may take", seconds=3601.12)
    assert edge.done[-1] == (
        3601.12,
        HangUp("limit", "room", detail="3600 s are the longest a call may take", why="the goodbye was played out"),
    )


async def test_a_line_that_was_not_begun_makes_room_for_the_next_of_its_kind(edge: Any, supervisor: Supervisor) -> None:
    edge.speech_takes = 25.0
    begin(supervisor, silence=Silence(say("Yes?", after=8), say("Hello?", after=1)))
    supervising = asyncio.create_task(supervisor.run())
    await asyncio.sleep(30)
    assert [one.text for one in edge.cancelled] == ["Yes?"]
    supervisor.post(EndWanted("command"))
    await supervising
