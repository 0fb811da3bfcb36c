"""Checks of versions, ports, capacity, the journal's file and the offline models."""

import asyncio
import ctypes
import socket
import sqlite3
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from aiohttp import web

from offhook.checks.finding import ok
from offhook.checks.journal import SHORT, check_disk, check_journal, kind_of, room
from offhook.checks.local import check_local_server
from offhook.checks.machine import check_capacity, check_port, check_versions, outside
from offhook.checks.offline import EXTRA, check_offline
from offhook.dev.binary import VERSION
from offhook.journal.schema import VERSION as SCHEMA
from offhook.journal.schema import open_journal
from offhook.settings import Settings

from .conftest import chosen


def nothing_installed(name: str) -> str:
    raise PackageNotFoundError(name)


async def test_versions_are_told() -> None:
    found = await check_versions()
    assert (found.state, "livekit-agents 1." in found.detail) == ("ok", True)


async def test_a_missing_package_is_named() -> None:
    found = await check_versions(nothing_installed)
    assert (found.state, "livekit-agents" in found.detail) == ("problem", True)


@pytest.mark.parametrize(
    ("version", "wrong"),
    [("1.8.9", False), ("1.8.12", False), ("1.8.8", True), ("1.9.0", True), ("1.9", True), ("1.8.9.post1", False)],
)
def test_a_version_outside_the_range_is_found(version: str, wrong: bool) -> None:
    wanted = ["livekit-agents<1.9,>=1.8.9", "rich>=13,<16", "pytest>=9; extra == 'testing'"]
    said = [f"livekit-agents {version} is installed, <1.9,>=1.8.9 is needed"]
    assert outside(wanted, lambda _name: version) == (said if wrong else [])


async def test_capacity_says_where_it_comes_from() -> None:
    assert "five for each" in (await check_capacity(Settings())).detail
    assert await check_capacity(Settings(capacity=1)) == ok("1 at once (OFFHOOK_CAPACITY)")
    assert (await check_capacity(Settings(capacity=100_000))).state == "warning"


async def test_a_free_port_is_fine(closed_port: int) -> None:
    assert (await check_port(closed_port)).state == "ok"
    assert (await check_port(0)).detail.startswith("any free port")


async def test_a_port_with_another_worker_on_it_says_which(serving) -> None:  # type: ignore[no-untyped-def]  # a fixture
    url = await serving({"/worker": {"agent_name": "desk", "worker_type": "JT_ROOM"}})
    found = await check_port(int(url.rpartition(":")[2]))
    assert (found.state, 'used by another worker ("desk")' in found.detail) == ("warning", True)


async def test_a_port_with_another_program_on_it_is_a_warning(serving) -> None:  # type: ignore[no-untyped-def]  # a fixture
    url = await serving({"/worker": web.Response(text="hello")})
    found = await check_port(int(url.rpartition(":")[2]))
    assert (found.state, found.detail.endswith("is used by another program")) == ("warning", True)


@pytest.mark.slow
async def test_a_port_with_a_program_that_never_answers_is_a_warning() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(1)
        found = await check_port(mute.getsockname()[1])
    assert (found.state, found.detail.endswith("is used by another program")) == ("warning", True)


def test_a_journal_that_is_not_there_yet_leaves_no_trace_of_the_look(tmp_path: Path) -> None:
    found = asyncio.run(check_journal(tmp_path / "deep" / "journal.db"))
    assert (found.state, found.detail.endswith("created with the first call")) == ("ok", True)
    assert list(tmp_path.iterdir()) == []


async def test_a_journal_that_is_there_is_read(tmp_path: Path) -> None:
    open_journal(tmp_path / "journal.db").close()
    before = (tmp_path / "journal.db").read_bytes()
    found = await check_journal(tmp_path / "journal.db")
    assert (found.state, found.detail.endswith(f"version {SCHEMA}")) == ("ok", True)
    assert (tmp_path / "journal.db").read_bytes() == before


async def test_another_programs_database_is_a_problem_with_the_journals_own_words(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "journal.db") as other:
        other.execute("CREATE TABLE cats (name)")
    other.close()
    found = await check_journal(tmp_path / "journal.db")
    assert (found.state, "another program's database" in found.detail) == ("problem", True)
    assert found.todo.startswith("set OFFHOOK_JOURNAL")


async def test_a_file_where_the_folder_should_be_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = await check_journal(tmp_path / "file" / "journal.db")
    assert (found.state, f"{tmp_path / 'file'} is a file" in found.detail) == ("problem", True)


@pytest.mark.parametrize(("free", "state"), [(SHORT * 2, "ok"), (SHORT - 1, "warning"), (99_000_000, "problem")])
def test_a_disk_that_fills_is_told_before_it_is_full(free: int, state: str) -> None:
    assert room(free).state == state


async def test_the_disk_of_a_journal_that_is_not_there_yet_is_known(tmp_path: Path) -> None:
    assert (await check_disk(tmp_path / "deep" / "journal.db")).detail.endswith(" free")


def test_the_file_system_is_that_of_the_longest_mount_point() -> None:
    mounts = "/dev/a / ext4 rw 0 0\nhost:/x /data nfs4 rw 0 0\n/dev/b /data/my\\040disk xfs rw 0 0\nbroken\n"
    found = [kind_of(Path(path), mounts) for path in ("/home", "/data/calls", "/data/my disk/x", "/database")]
    assert found == ["ext4", "nfs4", "xfs", "ext4"]


async def test_a_server_program_in_the_cache_is_at_hand(tmp_path: Path) -> None:
    (tmp_path / f"livekit-server-{VERSION}").write_text("")
    found = await check_local_server(Settings(cache=tmp_path), {"PATH": ""})
    assert (found.state, str(tmp_path) in found.detail) == ("ok", True)


async def test_a_server_program_that_must_be_fetched_is_a_warning(tmp_path: Path) -> None:
    found = await check_local_server(Settings(cache=tmp_path), {"PATH": ""})
    assert (found.state, "offhook server --fetch-only" in found.todo) == ("warning", True)


async def test_a_server_program_that_does_not_run_is_a_problem(tmp_path: Path) -> None:
    found = await check_local_server(Settings(livekit_server=tmp_path / "none"), {})
    assert (found.state, "there is no such file" in found.detail) == ("problem", True)


@pytest.mark.parametrize("provider", ["builtin", "silero", "pocketsphinx", "rules", "offline"])
async def test_what_runs_here_is_found(provider: str) -> None:
    found = await check_offline(chosen(provider, key=None, key_name=""))
    assert (found.state, bool(found.detail)) == ("ok", True)


async def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    found = await check_offline(chosen("pocketsphinx"))
    assert (found.state, found.todo) == ("problem", f"run {EXTRA}")


async def test_the_voice_that_is_told_is_the_one_that_speaks() -> None:
    from offhook.models.offline.voice import OfflineVoice

    assert (await check_offline(chosen("offline"))).detail.startswith(OfflineVoice().model.split()[0])


@pytest.mark.parametrize(("provider", "todo"), [("offline", EXTRA), ("flite", "apt-get install libflite1")])
async def test_a_voice_that_is_not_there_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, provider: str, todo: str
) -> None:
    def none(*_arguments: object, **_options: object) -> None:
        raise OSError

    monkeypatch.setattr(ctypes, "CDLL", none)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    found = await check_offline(chosen(provider))
    assert (found.state, todo in found.todo) == ("problem", True)
