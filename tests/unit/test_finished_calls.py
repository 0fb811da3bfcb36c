"""The worker's main process reports each call that has ended, also one whose job was killed."""

from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest

from offhook.core.facts import Connected, Ended
from offhook.core.record import Record, to_body
from offhook.journal.writer import Journal
from offhook.reports.call_figures import figures_of
from offhook.reports.metrics import CallMetrics
from offhook.room.settlement import LostCall
from offhook.settings import Settings
from offhook.worker.health import serve_health
from offhook.worker.job_watch import JobWatch


class Worker:
    """The part of a worker that `serve_health` uses."""

    capacity, draining = 5, False

    @property
    def active_jobs(self) -> list[object]:
        return []

    def on(self, event: object, callback: object, /) -> None: ...


def _records(call: str, *, ended: bool) -> list[Record]:
    facts = [Connected("room", "agent", "desk", "v1"), *([Ended("silence", seconds=5.0)] if ended else [])]
    return [
        Record(call, seq, 1000.0 + seq, float(seq), "fact", type(fact).__name__, to_body(fact))
        for seq, fact in enumerate(facts)
    ]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "journal.db"
    journal = Journal.open(path)
    for call, ended in (("ended", True), ("killed", False)):
        for record in _records(call, ended=ended):
            journal.append(record)
    assert journal.close(20)
    return Settings.model_validate({"OFFHOOK_JOURNAL": str(path)})


async def test_a_worker_that_stops_reports_the_calls_that_have_ended(settings: Settings) -> None:
    told: list[Sequence[Record]] = []
    watch = JobWatch(settings, list, told.append)
    for call in ("ended", "killed", "unknown"):
        watch._known[call] = LostCall(call, "room", f"agent-{call}")
    await watch.finish()
    watch.close()
    assert [records[0].call for records in told] == ["ended"]


@pytest.mark.parametrize(("call", "reason"), [("ended", "silence"), ("killed", "error")])
async def test_each_call_is_reported_with_its_end(settings: Settings, call: str, reason: str) -> None:
    told: list[Sequence[Record]] = []
    watch = JobWatch(settings, list, told.append)
    await watch.settle(LostCall(call, "room", f"agent-{call}"))
    await watch._orphans.stop()
    watch.close()
    (records,) = told
    assert [record.name for record in records] == ["Connected", "Ended"]
    assert figures_of(records).reason == reason


async def test_metrics_of_calls_are_served_beside_those_of_the_worker() -> None:
    metrics = CallMetrics()
    metrics.add(figures_of(_records("ended", ended=True)))
    async with serve_health(Worker(), "0", metrics) as address, aiohttp.ClientSession() as http:
        assert address is not None
        async with http.get(f"http://{address[0]}:{address[1]}/metrics") as answer:
            text = await answer.text()
    assert 'offhook_calls_ended_total{agent="desk",reason="silence",version="v1"} 1.0' in text
    assert "offhook_capacity 5.0" in text
