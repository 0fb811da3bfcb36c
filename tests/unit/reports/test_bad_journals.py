"""Odd, damaged and huge records: the commands that read them go on, or say what is wrong."""

import json
import sqlite3
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from offhook.core.errors import JournalError
from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    Connected,
    Ended,
    Fact,
    MessageCommitted,
    ResponseTimed,
    SessionStarted,
    TranscriptReceived,
)
from offhook.core.record import Record, to_body
from offhook.journal.prune import prune, select
from offhook.journal.reader import Reader
from offhook.journal.search import CallFilter, search
from offhook.journal.writer import Journal
from offhook.reports.call_figures import figures_of
from offhook.reports.export import FORMATS, export
from offhook.reports.picture.draw import call_picture
from offhook.reports.render import render
from offhook.reports.spans import spans_of
from offhook.reports.timeline import timeline
from offhook.reports.transcript import transcript


def _write(path: Path, *facts: tuple[float, Fact], call: str = "call") -> None:
    journal = Journal.open(path)
    for seq, (elapsed, fact) in enumerate(facts):
        journal.append(Record(call, seq, 1000 + elapsed, elapsed, "fact", type(fact).__name__, to_body(fact)))
    assert journal.close(60)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    _write(
        path,
        (0.0, Connected("room", "agent")),
        (0.1, SessionStarted()),
        (1.0, MessageCommitted("assistant", "Hello.")),
        (2.0, TranscriptReceived("what time is it", final=True)),
        (9.0, Ended("caller_hung_up", seconds=9.0)),
    )
    return path


def _read_all(path: Path) -> list[Record]:
    """Use every report on this call."""
    with Reader(path) as reader:
        (summary,) = search(reader, CallFilter())
        records = reader.records(summary.call)
        for form in FORMATS:
            assert list(export(reader, [summary], form))
        transcript(records)
        assert render(timeline(records))
        ET.fromstring(call_picture(records))
        figures_of(records)
        spans_of(records, text=True)
    return records


def _damage(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "3", "null", '{"text": "cut of', "\ud800".encode("utf-8", "surrogatepass")]
)
@pytest.mark.parametrize("seq", [0, 2, 4])
def test_one_damaged_row_costs_only_that_row(path: Path, body: object, seq: int) -> None:
    _damage(path, "UPDATE records SET body = coalesce(?, x'ff') WHERE seq = ?", body, seq)
    records = _read_all(path)
    assert [record.seq for record in records] == [0, 1, 2, 3, 4]
    assert records[seq].name == "DamagedRecord"


def test_text_that_is_not_utf_8_is_read_with_a_replacement(path: Path) -> None:
    body = b'{"role": "assistant", "text": "caf\xe9", "interrupted": false, "answered_in": null, "since": null}'
    _damage(path, "UPDATE records SET body = CAST(? AS TEXT) WHERE seq = 2", body)
    assert _read_all(path)[2].body["text"] == "caf\ufffd"


@pytest.mark.slow
def test_fact_of_10_mb_is_kept_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    text = "word " * 2_000_000
    _write(path, (0.0, SessionStarted()), (1.0, MessageCommitted("user", text)), (2.0, Ended("silence")))
    with Reader(path) as reader:
        (record,) = reader.records("call", names=("MessageCommitted",))
        assert record.body["text"] == text
        assert len(call_picture(reader.records("call"))) < 11_000_000 * 3
        (line,) = export(reader, reader.calls(), "messages")
        assert json.loads(line)["messages"][0]["content"] == text


def test_time_that_goes_backwards_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    _write(
        path,
        (5.0, SessionStarted()),
        (4.0, CallerStateChanged("speaking", since=9.0)),
        (3.0, CallerStateChanged("listening", since=1.0)),
        (2.0, AgentStateChanged("speaking", since=2.0)),
        (1.0, ResponseTimed(5.0, committed=-3.0, model=1e9)),
        (-1.0, AgentStateChanged("listening", since=-1.0)),
        (-2.0, Ended("error")),
    )
    records = _read_all(path)
    figures = figures_of(records)
    assert figures.silent >= 0
    assert figures.longest_silence >= 0


def test_prune_of_a_damaged_or_foreign_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("notes " * 1000)
    _damage(tmp_path / "theirs.db", "CREATE TABLE theirs (call TEXT)")
    for name, said in (("notes.db", "damaged or not a journal"), ("theirs.db", "another program's database")):
        with pytest.raises(JournalError, match=said), Reader(tmp_path / name) as reader:
            select(reader, before=1.0, now=2.0)
        with pytest.raises(JournalError, match=said):
            prune(tmp_path / name, ["call"])
