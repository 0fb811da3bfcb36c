"""A lookup has a time limit, and answers of earlier calls when it fails."""

import asyncio
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from offhook import lookup
from offhook.core.errors import LookupFailedError, PlanError
from offhook.worker.lookup_cache import LookupCache


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OFFHOOK_JOURNAL", str(tmp_path / "state" / "journal.db"))
    return tmp_path / "state"


class Directory:
    """A directory of tenants that can fail."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: BaseException | None = None
        self.answer: Any = {"name": "Acme", "tags": ("a", 1)}

    async def find(self, number: str) -> Any:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.answer


async def test_an_answer_is_the_same_from_the_function_and_from_the_cache() -> None:
    directory = Directory()
    tenant_of = lookup(fresh=60)(directory.find)
    answers = [await tenant_of("+15550100") for _ in range(3)]
    assert answers == [{"name": "Acme", "tags": ["a", 1]}] * 3
    assert directory.asked == 1
    await tenant_of("+15550199")
    assert directory.asked == 2


async def test_without_fresh_each_call_asks_and_a_failure_gets_the_last_answer() -> None:
    directory = Directory()
    tenant_of = lookup()(directory.find)
    await tenant_of("+15550100")
    directory.answer = {"name": "Acme Ltd"}
    assert await tenant_of("+15550100") == {"name": "Acme Ltd"}
    for error in (ConnectionError("down"), SystemExit(3), asyncio.CancelledError()):
        directory.error = error
        assert await tenant_of("+15550100") == {"name": "Acme Ltd"}
    assert directory.asked == 5


async def test_an_answer_that_is_too_old_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    directory, now = Directory(), time.time()
    tenant_of = lookup(fresh=60, stale=3600)(directory.find)
    await tenant_of("+15550100")
    directory.error = ConnectionError("down")
    monkeypatch.setattr(time, "time", lambda: now + 3000)
    assert (await tenant_of("+15550100"))["name"] == "Acme"
    monkeypatch.setattr(time, "time", lambda: now + 3700)
    with pytest.raises(LookupFailedError, match=r"find failed: ConnectionError: down"):
        await tenant_of("+15550100")
    monkeypatch.setattr(time, "time", lambda: now - 1000)  # the clock was set back
    with pytest.raises(LookupFailedError):
        await tenant_of("+15550100")


async def test_a_lookup_that_hangs_is_given_up_in_time() -> None:
    @lookup(within=0.05)
    async def hangs(number: str) -> str:
        await asyncio.sleep(30)
        return number

    with pytest.raises(LookupFailedError, match=r"hangs gave no answer within 0\.05 s"):
        await hangs("+15550100")


async def test_a_sync_lookup_runs_in_a_thread_and_may_have_named_arguments() -> None:
    @lookup()
    def double(number: int, *, by: int) -> int:
        time.sleep(0.001)
        return number * by

    assert await double(21, by=2) == 42
    assert await double(21, by=3) == 63
    assert double.__name__ == "double"


async def test_an_answer_that_is_not_json_is_an_error_unless_nothing_is_kept(folder: Path) -> None:
    @lookup()
    async def kept() -> object:
        return object()

    @lookup(stale=0)
    async def not_kept() -> object:
        return Directory

    with pytest.raises(LookupFailedError, match="its answer is not JSON"):
        await kept()
    assert await not_kept() is Directory
    assert not (folder / "lookups.db").exists()


def test_the_file_is_for_its_owner_only_and_has_no_numbers_in_its_keys(folder: Path) -> None:
    asyncio.run(lookup()(Directory().find)("+15550100"))
    file = folder / "lookups.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = b"".join(path.read_bytes() for path in folder.glob("lookups.db*"))
    assert b"Acme" in written
    assert b"5550100" not in written


def test_a_cache_that_cannot_be_read_or_written_is_an_empty_cache(folder: Path) -> None:
    folder.mkdir()
    (folder / "lookups.db").write_text("this is no database, " * 100)
    assert asyncio.run(lookup(fresh=60)(Directory().find)("+15550100"))["name"] == "Acme"
    (folder / "lookups.db").unlink()
    (folder / "lookups.db").mkdir()
    assert asyncio.run(lookup(fresh=60)(Directory().find)("+15550100"))["name"] == "Acme"


def test_old_answers_are_deleted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, now = LookupCache(folder / "journal.db"), time.time()
    cache.write("a", 1, 10)
    monkeypatch.setattr(time, "time", lambda: now + 11)
    cache.write("b", 2, 10)
    monkeypatch.setattr(time, "time", lambda: now)
    assert cache.read("a", 1000) is None


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"within": 0}, r"lookup\(within=0\): give a number of seconds, more than 0"),
        ({"fresh": -1}, r"lookup\(fresh=-1\): give a number of seconds$"),
        ({"stale": float("nan")}, "give a number of seconds"),
        ({"fresh": 60, "stale": 10}, "stale must not be less than fresh"),
    ],
)
def test_times_that_make_no_sense_are_refused(options: dict[str, float], text: str) -> None:
    with pytest.raises(PlanError, match=text):
        lookup(**options)
