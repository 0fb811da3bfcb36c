"""After any failure the call is hung up, and the journal has the cause."""

import asyncio
import contextlib
import threading
from typing import Any

import pytest

from offhook.core.decisions import HangUp, Say
from offhook.core.facts import (
    CallerFound,
    Ended,
    EndRequested,
    Fact,
    Planned,
    RoomDisconnected,
    SessionClosed,
    SessionStarted,
    Warned,
)
from offhook.engine.supervisor import Supervisor

BYE = EndRequested("agent_ended", goodbye="Goodbye.", by="tool")
GOODBYE = Say("Goodbye.", tag="goodbye", interruptible=False, skip_if_goodbye_said=True, why="agent_ended by tool")
CUT_AT_ONCE = HangUp("command", "room", why="command by code")


async def test_a_voice_that_fails_does_not_keep_the_caller(edge: Any, supervisor: Supervisor) -> None:
    def dead(_: object) -> bool:
        raise ConnectionError("no voice")

    edge.says = dead
    supervisor.post(BYE)
    assert (await supervisor.run()).reason == "agent_ended"
    assert edge.find("LinePlayed").body == {
        "tag": "goodbye",
        "interrupted": False,
        "error": "ConnectionError: no voice",
    }
    assert edge.find("HangUp").body["why"] == "the goodbye could not be played: ConnectionError: no voice"


async def test_a_voice_that_hangs_does_not_keep_the_caller(edge: Any, supervisor: Supervisor) -> None:
    edge.speech_takes = 1e6
    supervisor.post(BYE)
    assert await supervisor.run() == Ended("agent_ended", seconds=15.0)
    assert edge.cancelled == [GOODBYE]


async def test_a_line_that_cannot_be_closed_still_ends_the_call(
    edge: Any, supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    edge.line_error = ValueError("no such room")
    supervisor.post(EndRequested("command"))
    assert await supervisor.run() == Ended("command", detail="left open: ValueError('no such room')")
    assert [record.message for record in caplog.records] == ["the call could not be hung up"]


async def test_a_bug_in_a_policy_hangs_up(edge: Any, supervisor: Supervisor, caplog: pytest.LogCaptureFixture) -> None:
    edge.safe_takes = 0.5
    supervisor.post(Planned(limits=None))  # type: ignore[arg-type]  # on purpose
    supervisor.post(CallerFound("ada", phone=False, active=True))
    supervisor.post(SessionStarted())
    ended = await supervisor.run()
    assert (ended.reason, ended.detail.split(":")[0]) == ("error", "the supervisor failed")
    assert edge.done == [(0.5, HangUp("error", "room", detail=ended.detail, why="a bug in offhook"))]
    assert edge.names() == ["Planned", "CallerFound", "SessionStarted", "HangUp", "HangUpDone"]
    assert [record.message for record in caplog.records] == ["the supervisor failed; the call is hung up"]


async def test_a_bug_while_the_call_ends_is_told_as_a_bug(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(BYE)
    supervisor.post(Planned(limits=None))  # type: ignore[arg-type]  # on purpose
    supervisor.post(CallerFound("ada", phone=False, active=True))
    supervisor.post(SessionStarted())
    assert (await supervisor.run()).reason == "error"
    assert edge.find("HangUp").by == "supervisor"


async def test_whoever_still_speaks_when_the_line_is_lost_is_stopped(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(BYE)
    supervising = asyncio.create_task(supervisor.run())
    await asyncio.sleep(0.5)
    supervisor.post(RoomDisconnected("room_deleted"))
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
    supervisor.post(EndRequested("command"))
    await supervisor.run()
    supervisor.post(SessionClosed("error", error="late"))
    supervisor.post(BYE)
    await asyncio.sleep(100)
    assert edge.names() == ["EndRequested", "HangUp", "HangUpDone", "SessionClosed", "EndRequested"]
    assert [record.seq for record in edge.records] == [1, 2, 3, 4, 5]
    assert edge.done == [(0.0, CUT_AT_ONCE)]


async def test_a_sink_that_raises_is_told_and_stops_nobody(
    edge: Any, supervisor: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Fact] = []

    class Stumbles:
        def notice(self, fact: Fact) -> None:
            raise LookupError("no such fact")

    class Reads:
        def notice(self, fact: Fact) -> None:
            seen.append(fact)

    supervisor.sinks.extend((Stumbles(), Reads()))
    supervisor.post(EndRequested("command"))
    assert await supervisor.run() == Ended("command")
    assert [type(fact).__name__ for fact in seen] == ["EndRequested", "HangUpDone"]
    failed = [record.body for record in edge.records if record.name == "ActionFailed"]
    assert failed[0] == {"what": "Stumbles on EndRequested", "error": "LookupError('no such fact')"}
    assert caplog.records[0].message == "a sink raised; the call continues"


async def test_a_voice_that_lets_a_cancellation_out_has_failed(edge: Any, supervisor: Supervisor) -> None:
    def leaks(_: object) -> bool:
        raise asyncio.CancelledError

    edge.says = leaks
    supervisor.post(BYE)
    assert await supervisor.run() == Ended("agent_ended", seconds=1.0)
    assert edge.find("LinePlayed").body["error"].startswith("CancelledError")


async def test_a_voice_that_does_not_let_itself_be_cancelled_does_not_keep_the_call(
    edge: Any, supervisor: Supervisor
) -> None:
    release = asyncio.Event()

    async def keeps(_: Say) -> bool:
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()
        return False

    edge.say = keeps
    supervisor.post(BYE)
    supervising = asyncio.create_task(supervisor.run())
    await asyncio.sleep(0.5)
    supervisor.post(RoomDisconnected("room_deleted"))
    await asyncio.sleep(3)
    assert supervising.done()
    assert edge.find("ActionFailed").body["what"] == "offhook speak goodbye"
    release.set()


async def test_a_fact_may_be_posted_from_any_thread_and_keeps_its_order(edge: Any, supervisor: Supervisor) -> None:
    def posts() -> None:
        supervisor.post(Warned("first"))
        supervisor.post(Warned("second"))

    await asyncio.to_thread(posts)
    await asyncio.sleep(0)
    assert [record.body["text"] for record in edge.records] == ["first", "second"]


async def test_a_thread_that_posts_when_all_is_over_is_not_hurt(edge: Any) -> None:
    def other_loop() -> Supervisor:
        async def make() -> Supervisor:
            return Supervisor("call-2", line=edge, voice=edge, recorder=edge)

        with asyncio.Runner() as runner:
            return runner.run(make())

    made: list[Supervisor] = []
    thread = threading.Thread(target=lambda: made.append(other_loop()))
    thread.start()
    thread.join()
    made[0].post(Warned("late"))
    assert edge.records == []
