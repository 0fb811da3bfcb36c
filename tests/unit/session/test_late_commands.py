"""A command that arrives when the call is over is refused or gets a result: no accepted command is lost."""

import asyncio
from typing import Any

from offhook.core.commands.verbs.note import NoteCommand
from offhook.core.commands.verbs.state import StateQuery
from offhook.core.facts import CommandReceived, RoomDisconnected
from offhook.engine.supervisor import Supervisor

NOTE = CommandReceived("c1", by="desk", verb=NoteCommand("An angry caller."), name="note")
GONE = RoomDisconnected("room_deleted")


async def test_a_command_behind_the_end_of_the_call_gets_a_result(edge: Any, supervisor: Supervisor) -> None:
    supervisor.post(GONE)
    assert await supervisor.post_flushed(NOTE)
    received = edge.find("CommandReceived")
    assert await supervisor.post_flushed(CommandReceived("q1", by="desk", verb=StateQuery(), name="state"))
    await supervisor.run()
    found = edge.find("CommandResult")
    assert (found.body["id"], found.body["status"], found.body["final"]) == ("c1", "failed", True)
    assert found.cause == received.seq


async def test_a_command_that_is_on_disk_too_late_is_not_taken(edge: Any, supervisor: Supervisor) -> None:
    edge.safe_takes = 5.0
    taking = asyncio.create_task(supervisor.post_flushed(NOTE))
    await asyncio.sleep(1)
    supervisor.post(GONE)
    await supervisor.run()
    assert not await taking


async def test_a_command_after_the_end_of_the_call_is_not_taken(supervisor: Supervisor) -> None:
    supervisor.post(GONE)
    await supervisor.run()
    assert not await supervisor.post_flushed(NOTE)
