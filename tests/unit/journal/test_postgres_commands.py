"""Every command that reads a journal file reads PostgreSQL too, and `prune` deletes there too."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.postgres_server import PASSWORD, PostgresServer
from typer.testing import CliRunner, Result

from offhook.cli.analyse import analyse
from offhook.cli.calls import calls
from offhook.cli.export import export
from offhook.cli.prune import prune
from offhook.cli.show import show
from offhook.cli.stats import stats
from offhook.cli.webhooks import list_
from offhook.core.errors import JournalError, OffhookError
from offhook.core.postgres_address import parse_postgres
from offhook.journal.place import open_calls
from offhook.session.context.from_journal import load_chat_context

from .shipping import read, ship, whole_call, write

pytestmark = pytest.mark.slow

DAY = 86400.0


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OFFHOOK_JOURNAL", str(tmp_path / "journal.db"))
    return tmp_path / "journal.db"


def fill(path: Path, database: str) -> None:
    now = time.time()
    write(path, whole_call("AJ_old", at=now - 40 * DAY))
    write(path, whole_call("AJ_new", at=now - DAY, number="+15105550122", turns=5))
    write(path, whole_call("AJ_running", at=now - 60)[:-1])
    ship(path, database)


@pytest.fixture
def shipped(path: Path, database: str) -> str:
    fill(path, database)
    return database


@pytest.fixture(scope="module")
def both(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A file and a database with the same calls, only for reading."""
    path = tmp_path_factory.mktemp("both") / "journal.db"
    with postgres.database() as database:
        fill(path, database)
        yield path, database


def run(command: Callable[..., Any], *arguments: str) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, arguments)


READING = [
    (calls, "--json"),
    (calls, "--text", "AJ_new says 4", "--json"),
    (calls, "--caller", "5550122"),
    (calls, "--reason", "open", "--json"),
    (show, "AJ_new"),
    (show, "last", "--json"),
    (show, "AJ_old", "--timeline"),
    (show, "AJ_new", "--follow"),
    (export, "--format", "json"),
    (export, "--format", "jsonl"),
    (export, "--format", "csv", "--since", "7d"),
    (export, "AJ_old", "--format", "md"),
    (export, "--format", "messages"),
    (stats, "--json"),
]


def parsed(output: str) -> list[object]:
    """Return the lines of the output. PostgreSQL does not keep the order of the fields in JSON."""
    try:
        return [json.loads(output)]
    except ValueError:
        return [json.loads(line) if line.startswith("{") else line for line in output.splitlines()]


@pytest.mark.parametrize("command", READING, ids=[" ".join([one[0].__name__, *one[1:]]) for one in READING])
def test_a_command_prints_the_same_from_both_places(
    both: tuple[Path, str], command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, shipped = both
    monkeypatch.setenv("OFFHOOK_POSTGRES", shipped)
    function, *arguments = command
    file, database, named = (
        run(function, *arguments, "--journal", place) for place in (str(path), shipped, "postgres")
    )
    assert file.exit_code == 0, file.output
    assert len(file.output) > 40
    assert [parsed(database.output), parsed(named.output)] == [parsed(file.output)] * 2


def test_a_picture_is_drawn_from_the_database(both: tuple[Path, str], tmp_path: Path) -> None:
    result = run(show, "AJ_new", "--svg", str(tmp_path / "call.svg"), "--journal", both[1])
    assert result.exit_code == 0, result.output
    assert "AJ_new says 4" in (tmp_path / "call.svg").read_text()


def test_an_agent_goes_on_with_a_call_of_another_machine(
    both: tuple[Path, str], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFHOOK_POSTGRES", both[1])
    assert len(load_chat_context("AJ_new", both[1]).items) == 10
    assert len(load_chat_context("AJ_new", "postgres").items) == 10


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ((list_,), "the outbox is in each worker's file"),
        ((analyse, "last", "agent.py"), "the outcome is written to the worker's file"),
    ],
)
def test_a_command_that_needs_the_file_says_so(both: tuple[Path, str], command: Any, says: str) -> None:
    function, *arguments = command
    result = run(function, *arguments, "--journal", both[1])
    assert isinstance(result.exception, JournalError)
    assert says in str(result.exception)


def test_without_the_setting_the_word_postgres_is_explained(path: Path) -> None:
    result = run(calls, "--journal", "postgres")
    assert isinstance(result.exception, JournalError)
    assert "OFFHOOK_POSTGRES, which is not set" in str(result.exception)


@pytest.mark.parametrize(
    "given", ["postgresql:/host/hush", "postgresql://ann:hu@sh/hush@host/db", "postgres://h:port/hush"]
)
def test_an_address_that_is_none_is_not_quoted(path: Path, given: str) -> None:
    result = run(calls, "--journal", given)
    assert isinstance(result.exception, OffhookError)
    assert "the address of the journal" in str(result.exception)
    assert "hush" not in str(result.exception)


def listed(database: str) -> list[str]:
    with open_calls(parse_postgres(database)) as reader:
        return [summary.call for summary in reader.calls()]


def test_one_command_deletes_a_caller_in_the_file_and_in_the_database(
    path: Path, shipped: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFFHOOK_POSTGRES", shipped)
    result = run(prune, "--caller", "+15105550122", "--yes")
    assert result.exit_code == 0, result.output
    assert result.output.count("1 calls, 14 records") == 2
    assert listed(shipped) == ["AJ_running", "AJ_old"]
    assert b"AJ_new says" not in path.read_bytes()
    left = "SELECT count(*) FROM offhook.records WHERE call = 'AJ_new'"
    assert postgres.run(left, shipped.rpartition("/")[2]) == "0"
    assert PASSWORD not in result.output


def test_old_calls_are_deleted_only_where_the_journal_is_named(path: Path, shipped: str) -> None:
    result = run(prune, "--older-than", "30d", "--yes", "--journal", shipped)
    assert result.exit_code == 0, result.output
    assert listed(shipped) == ["AJ_running", "AJ_new"]
    assert read(path, "AJ_old") == whole_call("AJ_old", at=read(path, "AJ_old")[0].at)


def test_a_deleted_call_does_not_come_back_from_a_worker_that_was_down(path: Path, shipped: str) -> None:
    write(path, whole_call("AJ_old", turns=9)[10:])
    assert run(prune, "--older-than", "30d", "--yes", "--journal", shipped).exit_code == 0
    assert ship(path, shipped).progress.backlog.records == 0
    assert (listed(shipped), read(shipped, "AJ_old")) == (["AJ_running", "AJ_new"], [])


def test_a_call_that_may_run_is_not_deleted(shipped: str) -> None:
    result = run(prune, "--caller", "+15105550100", "--yes", "--journal", shipped)
    assert (result.exit_code, "AJ_running may still run and is not deleted" in result.output) == (1, True)
    assert listed(shipped) == ["AJ_running", "AJ_new"]


def test_dry_run_deletes_nothing(shipped: str) -> None:
    assert run(prune, "--older-than", "1h", "--dry-run", "--journal", shipped).exit_code == 0
    assert listed(shipped) == ["AJ_running", "AJ_new", "AJ_old"]
