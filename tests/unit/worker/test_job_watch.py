"""The main process's watch: what it records and closes for each state in which a dead job leaves its journal."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import JobRequest
from livekit.protocol import agent as agent_protocol
from livekit.protocol.models import ParticipantInfo
from tests.unit.worker.lost import TALKING, FakeServer, agent, person, records, settings_for, until

from offhook.core.decisions import HangUp
from offhook.core.facts import Ended, EndRequested, HangUpDone, OtherParticipants, Planned
from offhook.core.resumed import ATTRIBUTE, dump_resumed
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal
from offhook.worker.admission import Admission
from offhook.worker.job_watch import JobWatch

ANNA, BOB = person("anna"), person("bob")


def job(call: str = "AJ_1") -> Any:
    described = agent_protocol.Job(id=call, agent_name="desk")
    described.room.name = "room-1"
    return SimpleNamespace(job=described, accept_arguments=SimpleNamespace(identity=f"agent-{call}"), fake_job=False)


async def written(path: Path, *values: Any) -> None:
    journal = Journal.open(path)
    for record in records(*values, began=time.time() - 60):
        journal.append(record)
    await journal.flushed()
    journal.close()


@asynccontextmanager
async def watching(
    server: FakeServer, path: Path, jobs: list[Any], done: Callable[[Any], None] = lambda _: None
) -> AsyncIterator[JobWatch]:
    watch = JobWatch(settings_for(server.url, journal=path), lambda: jobs, done, takeover=False)
    running = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        watch.close()


def ends(path: Path) -> list[tuple[object, object]]:
    with sqlite3.connect(path) as file:
        rows = file.execute("SELECT json_extract(body, '$.reason'), call FROM records WHERE name = 'Ended'").fetchall()
    return [(reason, call) for reason, call in rows]


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offhook.worker.job_watch._POLL_INTERVAL", 0.01)
    monkeypatch.setattr("offhook.worker.recovery._BACK", 0.0)  # the calls here are of this worker


async def killed(
    path: Path, people: list[ParticipantInfo], spoil: Callable[[Path], None] = lambda _: None
) -> FakeServer:
    """Let the job of the call in this journal disappear, and wait until the watch has dealt with it."""
    jobs, settled = [job()], list[Any]()
    async with FakeServer(people).running() as server, watching(server, path, jobs, settled.append) as watch:
        await until(lambda: "AJ_1" in watch._known)
        spoil(path)
        jobs.clear()
        await until(lambda: len(settled) == 1 and not len(watch._orphans))
        await watch._journal.flushed()
        return server


LEFT = (*TALKING[:3], Planned(), OtherParticipants(1), EndRequested("agent_ended", scope="agent"))


async def test_a_killed_call_is_recorded_as_crashed_and_its_room_closed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await written(path, *TALKING)
    server = await killed(path, [ANNA, agent(), agent("second")])
    assert server.changes == ["DeleteRoom"]
    assert ends(path) == [("error", "AJ_1")]


async def test_the_colleague_and_the_caller_stay_when_only_the_agent_had_left(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await written(path, *LEFT, HangUp("agent_ended", "agent"), HangUpDone("agent"))
    server = await killed(path, [ANNA, BOB])
    assert server.asked == []
    assert ends(path) == [("agent_ended", "AJ_1")]


async def test_when_the_disk_was_full_the_colleague_and_the_caller_stay_after_the_agent_has_left(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    await written(path, *TALKING)  # nothing later was written
    server = await killed(path, [ANNA, BOB])
    assert server.changes == []


async def test_a_call_that_ended_gets_no_second_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    await written(path, *TALKING, HangUpDone("room"), Ended("silence"))
    server = await killed(path, [])
    assert (server.asked, ends(path)) == ([], [("silence", "AJ_1")])


def damage_a_row(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("UPDATE records SET body = '{' WHERE name = 'MessageCommitted'")


def damage_the_file(path: Path) -> None:
    for name in (path, *path.parent.glob(f"{path.name}-*")):
        with suppress(FileNotFoundError):
            name.unlink()
    path.write_bytes(b"not a database" * 999)


@pytest.mark.parametrize("spoil", [damage_a_row, damage_the_file, Path.unlink])
async def test_with_a_damaged_journal_the_room_is_closed_all_the_same_and_the_watch_goes_on(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "journal.db"
    await written(path, *TALKING)
    server = await killed(path, [ANNA, agent()], spoil)
    assert server.changes == ["DeleteRoom"]
    if spoil is damage_a_row:
        assert ends(path) == [("error", "AJ_1")]


async def test_with_a_journal_that_was_never_writable_the_room_is_closed_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    server = await killed(tmp_path / "taken" / "journal.db", [ANNA, agent()])
    assert server.changes == ["DeleteRoom"]


@pytest.mark.parametrize("own", [True, False], ids=["on_request of one's own", "without"])
async def test_a_job_that_dies_between_two_polls_is_settled(tmp_path: Path, own: bool) -> None:
    path, jobs = tmp_path / "journal.db", list[Any]()
    people = [ANNA, agent("mine" if own else "agent-AJ_1")]
    async with FakeServer(people).running() as server, watching(server, path, jobs) as watch:
        await admitted(watch, jobs, (lambda asked: asked.accept(identity="mine")) if own else None)
        await until(lambda: "DeleteRoom" in server.changes)
        await watch._journal.flushed()
    with Reader(path) as reader:
        assert [one.name for one in reader.records("AJ_1")] == ["JobAccepted", "Ended"]


async def test_a_call_that_on_request_refuses_is_in_no_journal(tmp_path: Path) -> None:
    path, jobs = tmp_path / "journal.db", list[Any]()
    async with FakeServer().running() as server, watching(server, path, jobs) as watch:
        await admitted(watch, jobs, lambda asked: asked.reject())
        await watch._journal.flushed()
    assert not path.exists()  # the first record creates the file


async def admitted(watch: JobWatch, jobs: list[Any], on_request: Callable[[JobRequest], Any] | None) -> None:
    async def accept(_: Any) -> None:
        """The job starts, and dies at once."""

    async def reject(_: bool) -> None:  # LiveKit's
        return

    described = job().job
    described.attributes[ATTRIBUTE] = dump_resumed("AJ_0", [])
    request = JobRequest(job=described, on_accept=accept, on_reject=reject)
    await Admission(
        5, lambda: len(jobs), on_request=on_request, on_accepted=watch.accepted, on_launched=watch.launched
    )(request)


async def test_the_record_of_an_accepted_call_names_the_call_that_it_takes_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    async with FakeServer().running() as server, watching(server, path, []) as watch:
        await admitted(watch, [], None)
        await watch._journal.flushed()
    with Reader(path) as reader:
        assert reader.records("AJ_1")[0].body == {"room": "room-1", "agent": "desk", "resumes": "AJ_0"}
