"""The supervisor takes facts, carries out decisions, and records both with number and cause."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from offhook.core.commands import EndCommand
from offhook.core.decisions import Ask, HangUp, MarkAway, Say
from offhook.core.ending import Ending
from offhook.core.facts import (
    AgentStateChanged,
    AwayRequested,
    CallerFound,
    CallerLeft,
    CommandReceived,
    Connected,
    Ended,
    EndRequested,
    Fact,
    ModelFailed,
    Planned,
    RoomDisconnected,
    SessionStarted,
    Warned,
)
from offhook.core.ladder import Silence
from offhook.core.record import Record, to_body
from offhook.core.steps import ask, goodbye, say
from offhook.engine.supervisor import Supervisor

BYE = EndRequested("agent_ended", goodbye="Goodbye.", by="tool")
GOODBYE = Say("Goodbye.", tag="goodbye", interruptible=False, skip_if_goodbye_said=True, why="agent_ended by tool")
CUT = HangUp("agent_ended", "room", why="the goodbye was played")
CUT_AT_ONCE = HangUp("command", "room", why="command by code")
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A sink that calls a function."""

    notice: Callable[[Fact], None]


def begin(supervisor: Supervisor, **plan: Any) -> None:
    for fact in (
        Connected("room", "agent"),
        CallerFound("anna", phone=False, active=True),
        Planned(**plan),
        SessionStarted(),
        AgentStateChanged("listening", since=supervisor.now()),
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
        (1, "fact", "EndRequested", None, ""),
        (2, "decision", "Say", 1, "ending"),
        (3, "fact", "LinePlayed", 2, ""),
        (4, "fact", "Tick", None, ""),
        (5, "decision", "HangUp", 4, "ending"),
        (6, "fact", "HangUpDone", 5, ""),
    ]
    assert {record.call for record in edge.records} == {"call-1"}
    assert [record.elapsed for record in edge.records] == [0.0, 0.0, 1.0, 1.12, 1.12, 1.12]
    start = edge.records[0].at
    assert [round(record.at - start, 3) for record in edge.records] == [0.0, 0.0, 1.0, 1.12, 1.12, 1.12]
    assert edge.records[1].body == to_body(GOODBYE)


async def test_a_tick_that_leads_to_nothing_is_not_on_record(edge: Any, supervisor: Supervisor) -> None:
    edge.line_takes = 40.0  # longer than the ending policy's own deadline
    supervisor.post(EndRequested("command"))
    assert await supervisor.run() == Ended(
        "command", detail="left open: the hang-up did not finish within 30 s", seconds=30.0
    )
    assert edge.names() == ["EndRequested", "HangUp"]


async def test_since_is_on_record_as_the_reader_counts(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(AgentStateChanged("listening", since=supervisor.now() - 0.25))
    assert edge.records == [
        Record(
            "call-1",
            1,
            edge.records[0].at,
            0.0,
            "fact",
            "AgentStateChanged",
            {"state": "listening", "since": -0.25, "speech": "", "playing": False},
            None,
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
    decision = edge.find("EndCall")
    assert edge.find("EndRequested").cause == decision.seq
    assert edge.find("EndRequested").body["by"] == "silence"


async def test_the_session_is_mute_from_the_last_word_of_the_goodbye(edge: Any, supervisor: Supervisor) -> None:
    heard: list[tuple[str, bool]] = []
    supervisor.sinks.append(Told(lambda fact: heard.append((type(fact).__name__, edge.muted))))
    edge.line_takes = 20.0
    supervisor.post(BYE)
    await supervisor.run()
    assert heard == [("EndRequested", False), ("LinePlayed", False), ("HangUpDone", True)]
    assert edge.muted_at == 1.0


async def test_nobody_is_called_away_once_the_call_ends(edge: Any, supervisor: Supervisor) -> None:
    begin(supervisor)
    supervisor.post(BYE)
    supervisor.post(AwayRequested(away=True))
    await supervisor.run()
    assert [what for _, what in edge.done] == [GOODBYE, CUT]


async def test_a_line_of_others_is_dropped_once_the_call_ends_and_that_is_on_record(
    edge: Any, supervisor: Supervisor
) -> None:
    supervisor.post(BYE)
    begin(supervisor, greeting="Hello.")
    await supervisor.run()
    assert edge.done == [(0.0, GOODBYE), (1.12, CUT)]
    (dropped,) = [r for r in edge.records if r.name == "Say" and r.by == "greeting"]
    note = edge.find("Note")
    assert (note.body, note.cause, note.by) == ({"why": "dropped: the call is ending"}, dropped.seq, "supervisor")


async def test_nothing_is_cut_before_the_journal_is_safe(edge: Any, supervisor: Supervisor) -> None:
    edge.safe_takes = 0.7
    supervisor.post(EndRequested("command"))
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
    await supervisor.post_flushed(CommandReceived("c1", by="desk", verb=EndCommand()))
    assert edge.safe_at == [0.5]
    assert (await running).reason == "command"
    assert edge.find("EndCall").cause == edge.find("CommandReceived").seq
    assert edge.find("EndRequested").cause == edge.find("EndCall").seq
    assert edge.find("CommandResult").cause == edge.find("ReportCommand").seq
    assert edge.find("CommandResult").body == {"id": "c1", "status": "applied", "detail": "", "final": True}


async def test_many_wishes_to_end_cut_the_line_once(edge: Any, supervisor: Supervisor) -> None:
    begin(supervisor)
    for _ in range(ENOUGH):
        supervisor.post(BYE)
        supervisor.post(CallerLeft("client_initiated"))
    assert (await supervisor.run()).reason == "agent_ended"
    assert [type(what) for _, what in edge.done] == [Say, HangUp]


async def test_a_caller_who_speaks_into_the_goodbye_goes_on_talking(edge: Any, supervisor: Supervisor) -> None:
    edge.says = lambda decision: (
        decision == Say("Bye.", tag="goodbye", interruptible=True, skip_if_goodbye_said=True, why=decision.why)
    )
    begin(supervisor, ending=Ending(on_interruption="reconsider"), silence=Silence(say("Yes?", after=8)))
    supervisor.post(EndRequested("agent_ended", goodbye="Bye."))
    supervising = asyncio.create_task(supervisor.run())
    await asyncio.sleep(10)
    assert edge.names().count("EndCancelled") == 1
    assert edge.find("EndCancelled").cause == edge.find("CancelEnding").seq
    supervisor.post(EndRequested("command"))
    assert await supervising == Ended("command", seconds=10.0)
    assert [(at, type(what)) for at, what in edge.done] == [(0.0, Say), (9.0, MarkAway), (9.0, Say), (10.0, HangUp)]


async def test_facts_that_no_policy_knows_are_on_record(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(Warned("odd metadata"))
    supervisor.post(ModelFailed("stt_error", recoverable=True, error="503"))
    supervisor.post(RoomDisconnected("room_deleted"))
    await supervisor.run()
    assert edge.names() == ["Warned", "ModelFailed", "RoomDisconnected"]


async def test_a_call_that_was_called_away_is_shown_so(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(AwayRequested(away=True, by="desk"))
    supervisor.post(RoomDisconnected("room_deleted"))
    await supervisor.run()
    assert edge.done == [(0.0, MarkAway(away=True, why="requested by desk"))]


async def test_a_long_call_ends_at_its_limit(edge: Any, supervisor: Supervisor) -> None:
    begin(supervisor)
    assert await supervisor.run() == Ended("limit", detail="the call reached its limit of 3600 s", seconds=3601.12)
    assert edge.done[-1] == (
        3601.12,
        HangUp("limit", "room", detail="the call reached its limit of 3600 s", why="the goodbye was played"),
    )


async def test_a_line_that_was_not_begun_makes_room_for_the_next_of_its_kind(edge: Any, supervisor: Supervisor) -> None:
    edge.speech_takes = 25.0
    begin(supervisor, silence=Silence(say("Yes?", after=8), say("Hello?", after=1)))
    supervising = asyncio.create_task(supervisor.run())
    await asyncio.sleep(30)
    assert [one.text for one in edge.cancelled] == ["Yes?"]
    supervisor.post(EndRequested("command"))
    await supervising
