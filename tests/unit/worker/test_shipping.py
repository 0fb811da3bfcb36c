"""Shipping beside a worker: it ships the last records, and a database that is slow or gone delays nothing."""

import asyncio
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from tests.postgres_server import PostgresServer
from tests.unit.journal.shipping import read, ship, whole_call, write

from offhook.checks.postgres import check_postgres
from offhook.core.errors import SettingsError
from offhook.core.postgres_address import parse_postgres
from offhook.settings import Settings
from offhook.worker import shipping as module
from offhook.worker.shipping import shipping

pytestmark = pytest.mark.slow

WHOLE = len(whole_call("AJ_1"))


def settings_for(path: Path, database: str) -> Settings:
    return Settings(journal=path / "journal.db", postgres=database)


def figures(registry: CollectorRegistry) -> dict[str, float]:
    return {sample.name: sample.value for metric in registry.collect() for sample in metric.samples}


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a database that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"postgresql://ann:hush@127.0.0.1:{listening.getsockname()[1]}/db"


async def test_the_last_records_are_shipped_when_the_worker_stops(tmp_path: Path, database: str) -> None:
    settings = settings_for(tmp_path, database)
    registry = CollectorRegistry()
    async with shipping(settings) as metrics:
        for one in metrics:
            registry.register(one)
        await asyncio.to_thread(write, settings.journal, whole_call("AJ_1"))
    assert await asyncio.to_thread(read, database, "AJ_1") == whole_call("AJ_1")
    assert figures(registry) == {
        "offhook_postgres_records_total": WHOLE,
        "offhook_postgres_waiting": 0,
        "offhook_postgres_seconds_behind": 0,
        "offhook_postgres_up": 1,
    }


async def test_without_the_setting_there_is_no_file_and_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    async with shipping(Settings(journal=tmp_path / "journal.db")) as metrics:
        assert (list(metrics), threading.active_count()) == ([], before)
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240  # an empty folder


async def test_a_database_that_never_answers_delays_the_end_of_the_worker_by_a_limit(
    tmp_path: Path, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LAST", 0.3)
    settings = settings_for(tmp_path, silent)
    registry = CollectorRegistry()
    await asyncio.to_thread(write, settings.journal, whole_call("AJ_1"))
    async with asyncio.timeout(5):
        async with shipping(settings) as metrics:
            registry.register(metrics[0])
    assert figures(registry)["offhook_postgres_waiting"] == WHOLE
    assert "offhook-postgres" not in [thread.name for thread in threading.enumerate()]


async def test_a_database_that_is_blocked_delays_neither_the_journal_nor_the_metrics(
    tmp_path: Path, database: str, postgres: PostgresServer
) -> None:
    settings = settings_for(tmp_path, database)
    await asyncio.to_thread(write, settings.journal, whole_call("AJ_1"))
    await asyncio.to_thread(ship, settings.journal, database)
    await asyncio.to_thread(write, settings.journal, whole_call("AJ_2"))
    registry = CollectorRegistry()
    with postgres.locked(database.rpartition("/")[2], "offhook.calls"):
        async with shipping(settings) as metrics:
            registry.register(metrics[0])
            await asyncio.to_thread(postgres.wait_for_a_lock, database.rpartition("/")[2])
            await asyncio.to_thread(write, settings.journal, whole_call("AJ_3"))
            assert figures(registry)["offhook_postgres_waiting"] == WHOLE
            assert figures(registry)["offhook_postgres_seconds_behind"] > 0
            postgres.unlock()
    for call in ("AJ_1", "AJ_2", "AJ_3"):
        assert await asyncio.to_thread(read, database, call) == whole_call(call)


async def test_a_missing_package_ends_the_worker_with_what_to_install(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(SettingsError, match=r"OFFHOOK_POSTGRES is set: .*pip install 'offhook\[postgres\]'"):
        async with shipping(settings_for(tmp_path, database)):
            pass


async def test_the_check_says_whether_the_database_can_be_used(
    tmp_path: Path, database: str, postgres: PostgresServer
) -> None:
    found = await check_postgres(parse_postgres(database))
    assert (found.state, found.detail.partition(", ")[2]) == ("ok", "the first worker creates the tables")
    write(tmp_path / "journal.db", whole_call("AJ_1"))
    await asyncio.to_thread(ship, tmp_path / "journal.db", database)
    found = await check_postgres(parse_postgres(database))
    assert (found.state, found.detail.partition(", ")[2]) == ("ok", "version 1")
    found = await check_postgres(parse_postgres(postgres.address("postgres", password="wrong-word")))
    assert (found.state, "refuses the user or the password" in found.detail) == ("warning", True)
    assert found.todo.startswith("correct the address")
