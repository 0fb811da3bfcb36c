"""Calls go on with a journal that cannot be written, or that stops working."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

AGENTS = Path(__file__).parent / "agents"
WorkerOn = Callable[..., AbstractContextManager[Any]]


async def served(desk: Any, room: str, *, turns: int = 1) -> None:
    """One call: greeting, some turns, goodbye, closed room."""
    async with desk.caller(room) as caller:
        await caller.hears(since=caller.joined_at, timeout=20)
        for _ in range(turns):
            await caller.quiet()
            await caller.type("what time is it")
            await caller.hears()
        await caller.quiet()
        await caller.type("thank you goodbye")
        assert await caller.ended(timeout=20) == "ROOM_DELETED"


async def test_a_journal_folder_that_is_a_file_costs_no_call_and_is_said_loudly(
    livekit: Any, worker_on: WorkerOn, tmp_path: Path, room: str
) -> None:
    (tmp_path / "taken").write_text("I am no folder")
    with worker_on(AGENTS / "worker_desk.py", livekit, tmp_path / "taken" / "journal.db", "desk") as desk:
        assert '"ERROR"' in desk.worker.wait_for("calls are not journalled until this is fixed")
        await served(desk, room)
        line = await asyncio.to_thread(
            desk.worker.wait_for, "the journal was closed before all records were written", timeout=10
        )
        assert '"ERROR"' in line


async def test_a_disk_that_is_full_in_mid_call_costs_no_call_and_what_was_written_stays(
    livekit: Any, worker_on: WorkerOn, tmp_path: Path, room: str
) -> None:
    journal = tmp_path / "journal.db"
    with worker_on(AGENTS / "worker_full_disk.py", livekit, journal, "desk") as desk:
        await served(desk, room, turns=4)
        line = await asyncio.to_thread(desk.worker.wait_for, "the call continues, and the write is retried", timeout=10)
        assert '"ERROR"' in line
        await asyncio.to_thread(desk.worker.wait_for, "call ended", timeout=10)
        assert desk.bodies(room, "MessageCommitted")[0]["text"] == "This is the desk."
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
