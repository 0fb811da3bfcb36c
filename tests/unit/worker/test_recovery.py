"""At its start, a worker settles the calls of an earlier worker, but never a call that runs."""

import asyncio
import multiprocessing
import time
from pathlib import Path
from typing import Any

import pytest
from tests.unit.worker.lost import TALKING, records

from offhook.core.facts import Connected, Ended, JobAccepted
from offhook.journal.running import RunningCalls
from offhook.journal.writer import Journal
from offhook.room.settlement import LostCall
from offhook.worker.recovery import Recovery

OTHER = multiprocessing.get_context("spawn")


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offhook.worker.recovery._POLL_INTERVAL", 0.05)
    monkeypatch.setattr("offhook.worker.recovery._WAIT", 0.15)


async def written(path: Path, call: str, *values: Any, ago: float = 60) -> None:
    journal = Journal.open(path)
    for record in records(*values, call=call, began=time.time() - ago):
        journal.append(record)
    await journal.flushed()
    journal.close()


async def recovered(path: Path) -> list[LostCall]:
    found = list[LostCall]()

    async def finish(lost: LostCall) -> None:
        found.append(lost)
        if lost.call == "AJ_bad":
            raise OSError("a failure of one call")

    recovery = Recovery(path, finish)
    await recovery.run()
    recovery.close()
    return found


async def test_each_call_without_an_end_is_settled_and_a_failure_is_one_calls(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await written(path, "AJ_bad", *TALKING)
    await written(path, "AJ_1", *TALKING)
    await written(path, "AJ_2", *TALKING, Ended("silence"))
    await written(path, "AJ_3", JobAccepted("room-3", "desk", resumes="AJ_0"))
    found = {lost.call: lost for lost in await recovered(path)}
    assert sorted(found) == ["AJ_1", "AJ_3", "AJ_bad"]
    assert (found["AJ_1"].room, found["AJ_1"].agent, found["AJ_1"].agent_name) == ("room-1", "agent-AJ_1", "desk")
    assert (found["AJ_3"].resumes, found["AJ_3"].joined) == ("AJ_0", False)


async def test_a_call_that_another_worker_has_just_accepted_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await written(path, "AJ_1", JobAccepted("room-1"), ago=1)
    assert await recovered(path) == []


async def test_a_call_of_a_version_without_locks_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await written(path, "AJ_1", Connected("room-1", "agent-AJ_1"))
    assert await recovered(path) == []


async def test_without_a_journal_there_is_nothing_to_settle(tmp_path: Path) -> None:
    assert await recovered(tmp_path / "journal.db") == []


def hold(path: Path, held: Any, release: Any) -> None:
    running = RunningCalls(path)
    running.hold("AJ_1")
    held.set()
    release.wait(30)


@pytest.mark.slow
async def test_a_call_whose_process_runs_is_left_alone_and_settled_when_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await written(path, "AJ_1", *TALKING)
    held, release = OTHER.Event(), OTHER.Event()
    process = OTHER.Process(target=hold, args=(path, held, release), daemon=True)
    process.start()
    assert await asyncio.to_thread(held.wait, 30)
    assert await recovered(path) == []
    process.kill()
    await asyncio.to_thread(process.join, 30)
    assert [lost.call for lost in await recovered(path)] == ["AJ_1"]


def test_a_folder_in_which_nothing_can_be_locked_keeps_no_call_from_running(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    assert RunningCalls(tmp_path / "taken" / "journal.db").hold("AJ_1")
