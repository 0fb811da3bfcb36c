"""Calls in other formats, and back as a conversation for a model."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from offhook import load_chat_context
from offhook.cli.export import export
from offhook.core.errors import JournalError, OffhookError
from offhook.core.facts import (
    CallerFound,
    Connected,
    Ended,
    MessageCommitted,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
)
from offhook.core.record import Record
from offhook.journal.redact import GONE
from offhook.journal.writer import Journal

Run = Callable[..., Result]

SCRIPT = (
    (0.0, Connected("desk", "agent-1", "desk", "v2")),
    (0.2, CallerFound("sip_1", True, True, name="=cmd()", number="+15105550100")),
    (1.0, MessageCommitted("assistant", "Hello.")),
    (2.0, TranscriptReceived("what <b>time</b>", final=True)),
    (2.5, MessageCommitted("user", "what <b>time</b>")),
    (3.0, ToolStarted("t1", "clock", '{"zone": "UTC"}')),
    (3.0, ToolStarted("t2", "date", "{}")),
    (3.1, ToolStarted("t3", "weather", "{}")),
    (3.2, ToolEnded("t2", "error", "no calendar")),
    (3.4, ToolEnded("t1", "done", "noon")),
    (4.0, MessageCommitted("assistant", "It is noo", interrupted=True)),
    (4.5, MessageCommitted("user", GONE)),
    (62.4, Ended("agent_ended", "all done", 62.4)),
)


@pytest.fixture
def path(tmp_path: Path, records: Callable[..., list[Record]]) -> Path:
    journal = Journal.open(tmp_path / "journal.db")
    for record in records(*SCRIPT):
        journal.append(record)
    assert journal.close(20)
    return tmp_path / "journal.db"


@pytest.fixture
def run(path: Path) -> Run:
    app = typer.Typer()
    app.command()(export)
    return lambda *arguments: CliRunner().invoke(app, [*arguments, "--journal", str(path)])


def test_json_lines_have_every_record(run: Run) -> None:
    lines = [json.loads(line) for line in run("last", "--format", "jsonl").stdout.splitlines()]
    assert [line["name"] for line in lines] == [type(fact).__name__ for _, fact in SCRIPT]
    assert lines[0]["body"] == {"room": "desk", "identity": "agent-1", "agent": "desk", "version": "v2"}


def test_json_is_a_list_of_calls_with_transcript_and_records(run: Run) -> None:
    (call,) = json.loads(run().stdout)
    assert (call["call"], call["version"], len(call["records"])) == ("call", "v2", len(SCRIPT))
    assert [line["who"] for line in call["transcript"]][:2] == ["agent", "caller"]


def test_no_call_that_matches_is_an_empty_list(run: Run) -> None:
    assert json.loads(run("--text", "nobody said this").stdout) == []


def test_csv_has_a_row_for_each_line_and_no_formula(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv").stdout)))
    assert [row["text"] for row in rows][:2] == ["Hello.", "what <b>time</b>"]
    assert {row["caller"] for row in rows} == {"+15105550100"}
    assert rows[-2]["interrupted"] == "yes"


def test_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(path: Path, run: Run) -> None:
    journal = Journal.open(path)
    body = {"role": "user", "text": "=HYPERLINK(1)", "interrupted": False}
    journal.append(Record("other", 0, 2000.0, 1.0, "fact", "MessageCommitted", body))
    assert journal.close(20)
    assert "'=HYPERLINK(1)" in run("other", "--format", "csv").stdout


def test_markdown_escapes_what_callers_chose(run: Run) -> None:
    text = run("--format", "md").stdout
    assert "**caller** 0:02  \nwhat \\<b\\>time\\</b\\>\n" in text
    assert "It is noo *(interrupted)*" in text
    assert "- end: agent\\_ended (all done)" in text


def test_messages_are_a_conversation_that_a_model_accepts(run: Run) -> None:
    (line,) = run("--format", "messages").stdout.splitlines()
    call = {"type": "function"}
    assert json.loads(line)["messages"] == [
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "what <b>time</b>"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                call | {"id": "t1", "function": {"name": "clock", "arguments": '{"zone": "UTC"}'}},
                call | {"id": "t2", "function": {"name": "date", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "noon"},
        {"role": "tool", "tool_call_id": "t2", "content": "no calendar"},
        {"role": "assistant", "content": "It is noo"},
    ]


def test_conversation_is_loaded_back_for_an_agent(path: Path) -> None:
    items = load_chat_context("last", path).items
    assert [item.type for item in items] == [
        "message",
        "message",
        "function_call",
        "function_call_output",
        "function_call",
        "function_call_output",
        "message",
    ]
    assert (items[0].text_content, items[-1].interrupted) == ("Hello.", True)  # type: ignore[union-attr]  # messages
    assert items[5].is_error  # type: ignore[union-attr]  # an output
    with pytest.raises(JournalError, match="offhook calls"):
        load_chat_context("nobody", path)


def test_file_that_cannot_be_written_is_an_error_that_says_so(run: Run, tmp_path: Path) -> None:
    assert isinstance(run("--output", str(tmp_path)).exception, OffhookError)
    assert run("--format", "md", "--output", str(tmp_path / "calls.md")).exit_code == 0
    assert (tmp_path / "calls.md").read_text().startswith("# Call call\n")
