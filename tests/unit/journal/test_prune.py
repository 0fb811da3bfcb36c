"""Pruned calls are gone: no row, and no byte in the files."""

import sqlite3
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from offhook.cli.prune import prune as command
from offhook.core.errors import JournalError
from offhook.core.facts import CallerFound, Ended, Fact, MessageCommitted
from offhook.core.record import Record, to_body
from offhook.journal import prune as module
from offhook.journal.prune import prune, select
from offhook.journal.reader import Reader
from offhook.journal.schema import open_journal
from offhook.journal.writer import Journal
from offhook.worker.lookup_cache import LookupCache

DAY = 86400.0
SECRET = "SECRETPIN4711"


def _call(call: str, at: float, number: str, *, ended: bool = True) -> list[Record]:
    facts: list[Fact] = [
        CallerFound("sip_" + number, True, True, number=number),
        *(MessageCommitted("user", f"{SECRET} {call} {turn}" + "x" * 300) for turn in range(40)),
        *([Ended("caller_hung_up", seconds=9.0)] if ended else []),
    ]
    return [
        Record(call, seq, at + seq, float(seq), "fact", type(fact).__name__, to_body(fact))
        for seq, fact in enumerate(facts)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path, now = tmp_path / "journal.db", time.time()
    journal = Journal.open(path)
    for records in zip(
        _call("old", now - 40 * DAY, "+15105550100"),
        _call("new", now - DAY, "+15105550100"),
        _call("crashed", now - 50 * DAY, "+15105550111", ended=False),
        _call("running", now - 3600, "+15105550100", ended=False),
        _call("other", now - 2 * DAY, "+15105550122"),
        strict=False,
    ):
        for record in records:
            journal.append(record)
    for record in [_call(call, now - age * DAY, "+15105550100")[-1] for call, age in (("old", 40), ("new", 1))]:
        journal.append(record)
    journal.append(_call("other", now - 2 * DAY, "+15105550122")[-1])
    assert journal.close(20)
    return path


def _run(path: Path, *arguments: str, answer: str = "y\n") -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [*arguments, "--journal", str(path)], input=answer)


def _bytes(path: Path, text: str) -> int:
    return sum(file.read_bytes().count(text.encode()) for file in path.parent.iterdir())


def _left(path: Path) -> list[str]:
    with Reader(path) as reader:
        return sorted(summary.call for summary in reader.calls())


def test_old_calls_are_deleted_to_the_last_byte_while_a_worker_has_the_file_open(path: Path) -> None:
    worker = open_journal(path)
    before = path.stat().st_size
    result = _run(path, "--older-than", "30d")
    assert result.exit_code == 0
    assert result.output.startswith("2 calls, 83 records, ")
    assert _left(path) == ["new", "other", "running"]
    assert (_bytes(path, f"{SECRET} old"), _bytes(path, f"{SECRET} crashed")) == (0, 0)
    assert path.stat().st_size < before
    worker.execute("INSERT INTO calls VALUES ('later', 1.0)")
    worker.close()
    assert "later" in _left(path)


@pytest.mark.parametrize("given", ["+15105550100", "+1 (510) 555-0100", "sip_+15105550100"])
def test_one_callers_calls_are_deleted_but_not_a_running_one(path: Path, given: str) -> None:
    result = _run(path, "--caller", given, "--yes")
    assert result.exit_code == 1
    assert "running may still run and is not deleted" in result.output
    assert _left(path) == ["crashed", "other", "running"]
    assert _bytes(path, f"{SECRET} new") == 0


def test_answers_of_lookups_are_deleted_too(path: Path) -> None:
    LookupCache(path).write("a", {"name": SECRET + " lookup"}, 1000)
    assert _run(path, "--older-than", "99d").exit_code == 0
    assert _bytes(path, f"{SECRET} lookup") == 1
    assert _run(path, "--older-than", "30d").exit_code == 0
    assert _bytes(path, f"{SECRET} lookup") == 0
    assert LookupCache(path).read("a", 1000) is None


def test_part_of_a_number_deletes_nothing(path: Path) -> None:
    with Reader(path) as reader:
        assert select(reader, before=None, caller="5550100", now=time.time()).calls == ()


@pytest.mark.parametrize("arguments", [("--older-than", "1d", "--dry-run"), ("--older-than", "99d")])
def test_nothing_is_deleted_unless_asked_for(path: Path, arguments: tuple[str, ...]) -> None:
    assert _run(path, *arguments).exit_code == 0
    assert len(_left(path)) == 5


def test_question_can_be_answered_with_no(path: Path) -> None:
    assert _run(path, "--older-than", "30d", answer="n\n").exit_code == 1
    assert len(_left(path)) == 5


@pytest.mark.parametrize(("arguments", "said"), [((), "say which calls"), (("--older-than", "month"), "45m, 12h, 30d")])
def test_unclear_request_is_refused(path: Path, arguments: tuple[str, ...], said: str) -> None:
    result = _run(path, *arguments)
    assert (result.exit_code, said in " ".join(result.output.replace("│", " ").split())) == (2, True)


def test_tables_of_other_modules_lose_their_rows_too(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE waiting (id INTEGER PRIMARY KEY, call TEXT, body TEXT)")
    connection.execute("INSERT INTO waiting (call, body) VALUES ('old', 'SENTCOPY'), ('new', 'kept')")
    connection.commit()
    connection.close()
    prune(path, ["old"])
    assert (_bytes(path, "SENTCOPY"), _bytes(path, "kept")) == (0, 1)


def test_reader_that_never_ends_is_named_and_the_next_worker_finishes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT", 0.05)
    reading = sqlite3.connect(path, isolation_level=None)
    reading.execute("BEGIN")
    reading.execute("SELECT count(*) FROM records").fetchone()
    with pytest.raises(JournalError, match="another program reads the journal"):
        prune(path, ["old"])
    reading.close()
    journal = Journal.open(path)
    journal.append(_call("next", 1.0, "1")[0])
    assert journal.close(20)
    assert _bytes(path, f"{SECRET} old") == 0


def test_journal_in_a_folder_that_cannot_be_written_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    monkeypatch.setattr(module, "open_journal", lambda _: connection)
    with pytest.raises(JournalError, match="make its folder writable"):
        prune(path, ["old"])
