"""Whatever fails, the caller is not left on an open line, and the record says what happened."""

import asyncio
from typing import Any

import pytest

from offhook.core.facts import Ended, EndWanted, LineLost, Planned, SessionClosed, SessionStarted
from offhook.core.wishes import HangUp, Say
from offhook.session.supervisor import Supervisor

BYE = EndWanted("agent_ended", goodbye="Goodbye.", by="tool")
GOODBYE = Say("Goodbye.", tag="goodbye", interruptible=False, unless_said=True, why="agent_ended by tool")
CUT_AT_ONCE = HangUp("command", "room", why="command by code")


async def test_a_voice_that_fails_does_not_keep_the_caller(edge: Any, supervisor: Supervisor) -> None:
    def dead(_: object) -> bool:
        raise ConnectionError("no voice")

    edge.says = dead
    supervisor.post(BYE)
    assert (await supervisor.run()).reason == "agent_ended"
    assert edge.find("Spoken").body == {"tag": "goodbye", "interrupted": False, "error": "ConnectionError: no voice"}
    assert edge.find("HangUp").body["why"] == "the goodbye could not be said: ConnectionError: no voice"


async def test_a_voice_that_hangs_does_not_keep_the_caller(edge: Any, supervisor: Supervisor) -> None:
    edge.speech_takes = 1e6
    supervisor.post(BYE)
    assert await supervisor.run() == Ended("agent_ended", seconds=15.0)
    assert edge.cancelled == [GOODBYE]


async def test_a_line_that_cannot_be_closed_still_ends_the_call(
    edge: Any, supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    edge.line_error = ValueError("no such room")
    supervisor.post(EndWanted("command"))
    assert await supervisor.run() == Ended("command", detail="left open: ValueError('no such room')")
    assert [record.message for record in caplog.records] == ["the line could not be closed"]


async def test_a_bug_in_a_policy_hangs_up(edge: Any, supervisor: Supervisor, caplog: pytest.LogCaptureFixture) -> None:
    edge.safe_takes = 0.5
    supervisor.post(Planned(limits=None))  # type: ignore[arg-type]  # on purpose
    supervisor.post(SessionStarted())
    ended = await supervisor.run()
    assert (ended.reason, ended.detail.split(":")[0]) == ("error", "the supervisor failed")
    assert edge.done == [(0.5, HangUp("error", "room", detail=ended.detail, why="a bug of ours"))]
    assert edge.names() == ["Planned", "SessionStarted", "HangUp", "LineClosed"]
    assert [record.message for record in caplog.records] == ["the supervisor failed; the line is closed"]


async def test_a_bug_while_the_call_ends_is_told_as_a_bug(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(BYE)
    supervisor.post(Planned(limits=None))  # type: ignore[arg-type]  # on purpose
    supervisor.post(SessionStarted())
    assert (await supervisor.run()).reason == "error"
    assert edge.find("HangUp").by == "Supervisor"


async def test_whoever_still_speaks_when_the_line_is_lost_is_stopped(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(BYE)
    supervising = asyncio.create_task(supervisor.run())
    await asyncio.sleep(0.5)
    supervisor.post(LineLost("room_deleted"))
    assert await supervising == Ended("agent_ended", seconds=0.5)
    assert edge.cancelled == [GOODBYE]
    assert [type(what) for _, what in edge.done] == [Say]
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("offhook")] == []


async def test_a_supervisor_that_is_cancelled_leaves_nothing_running(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(BYE)
    supervising = asyncio.create_task(supervisor.run())
    await asyncio.sleep(0.5)
    supervising.cancel()
    with pytest.raises(asyncio.CancelledError):
        await supervising
    assert edge.cancelled == [GOODBYE]


async def test_facts_after_the_end_are_on_record_and_lead_to_nothing(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(EndWanted("command"))
    await supervisor.run()
    supervisor.post(SessionClosed("error", error="late"))
    supervisor.post(BYE)
    await asyncio.sleep(100)
    assert edge.names() == ["EndWanted", "HangUp", "LineClosed", "SessionClosed", "EndWanted"]
    assert [record.seq for record in edge.records] == [1, 2, 3, 4, 5]
    assert edge.done == [(0.0, CUT_AT_ONCE)]
