"""The commands `offhook calls` and `offhook show`."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from offhook.cli.calls import calls
from offhook.cli.show import show
from offhook.core.errors import JournalError
from offhook.core.facts import CallerFound, Connected, Ended, MessageCommitted
from offhook.core.record import Record
from offhook.journal.schema import open_journal
from offhook.journal.writer import Journal

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, records: Callable[..., list[Record]]) -> Run:
    journal = Journal.open(tmp_path / "journal.db")
    script = (
        (0.0, Connected("desk", "agent-1")),
        (0.2, CallerFound("sip_1", True, True, number="+15105550100\x1b[2J")),
        (1.0, MessageCommitted("assistant", "Hello.")),
        (62.4, Ended("agent_ended", "all done", 62.4)),
    )
    for record in records(*script):
        journal.append(record)
    assert journal.close(20)
    app = typer.Typer()
    app.command("calls")(calls)
    app.command("show")(show)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--journal", str(tmp_path / "journal.db")])

    return run


def test_calls_lists_a_line_for_each(run: Run) -> None:
    result = run("calls")
    assert result.exit_code == 0
    assert result.output.split()[0] == "call"
    assert result.output.endswith("  +15105550100 [2J       1 m 02 s  ended: agent_ended (all done)\n")


def test_calls_for_programs_is_json(run: Run) -> None:
    (found,) = json.loads(run("calls", "--json").output)
    assert (found["call"], found["room"], found["reason"], found["seconds"]) == ("call", "desk", "agent_ended", 62.4)


def test_show_prints_head_transcript_and_timeline(run: Run) -> None:
    result = run("show", "last")
    assert result.exit_code == 0
    head, transcript, timeline = result.output.split("\n\n")
    assert head.startswith("call call   room desk   caller +15105550100 [2J\n")
    assert transcript == "     1.00 s  agent   “Hello.”"
    assert timeline.endswith("    62.40 s ││ call    ■ ended: agent_ended, all done\n")


@pytest.mark.parametrize(
    ("option", "has"), [("--transcript", (True, False)), ("--timeline", (False, True)), ("--follow", (False, True))]
)
def test_show_prints_only_what_was_asked_for(run: Run, option: str, has: tuple[bool, bool]) -> None:
    output = run("show", "ca", option).output
    assert ("s  agent   “Hello.”" in output, "│┃ agent   “Hello.”" in output) == has


def test_show_for_programs_is_one_object(run: Run) -> None:
    shown = json.loads(run("show", "call", "--json").output)
    assert [line["text"] for line in shown["transcript"]] == ["Hello."]
    assert [record["name"] for record in shown["records"]] == ["Connected", "CallerFound", "MessageCommitted", "Ended"]
    assert (shown["call"], shown["room"], shown["reason"], shown["seconds"]) == ("call", "desk", "agent_ended", 62.4)


def test_following_and_json_do_not_go_together(run: Run) -> None:
    result = run("show", "call", "--follow", "--json")
    assert (result.exit_code, "leave out --json" in result.output.replace("\n", " ")) == (2, True)


def test_unknown_call_is_an_error_that_says_what_to_do(run: Run) -> None:
    result = run("show", "nobody")
    assert isinstance(result.exception, JournalError)
    assert "see them with: offhook calls" in str(result.exception)


def test_open_call_is_shown_with_when_it_was_last_heard_of(run: Run, tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    journal.append(Record("open", 0, time.time() - 7300, 0.0, "fact", "Connected", {"room": "r", "identity": "a"}))
    assert journal.close(20)
    assert run("calls", "--limit", "1").output.endswith("0 s  open, last record 2 h 01 m ago\n")


def test_journal_without_calls_says_so(tmp_path: Path) -> None:
    open_journal(tmp_path / "empty.db").close()
    app = typer.Typer()
    app.command()(calls)
    assert CliRunner().invoke(app, ["--journal", str(tmp_path / "empty.db")]).output == "no calls yet\n"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--caller", "510555"), True),
        (("--caller", "510 999"), False),
        (("--reason", "agent_ended"), True),
        (("--reason", "open"), False),
        (("--text", "HELLO"), True),
        (("--text", "goodbye"), False),
        (("--agent", "desk"), False),
        (("--since", "1970-01-02"), False),
        (("--since", "30000d", "--until", "1970-01-02"), True),
    ],
)
def test_calls_are_filtered(run: Run, options: tuple[str, ...], found: bool) -> None:
    assert (run("calls", *options).output != "no such calls\n") == found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--reason", "tired"), "the reasons are caller_hung_up"),
        (("--since", "soon"), "write it as 12h, 7d"),
        (("--follow", "--json"), "leave out --json"),
    ],
)
def test_wrong_option_of_calls_is_refused(run: Run, options: tuple[str, ...], said: str) -> None:
    result = run("calls", *options)
    assert (result.exit_code, said in " ".join(result.output.replace("│", " ").split())) == (2, True)


def test_following_prints_a_call_when_it_begins_and_when_it_ends(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = time.time()
    steps = iter([("Connected", {"room": "r", "identity": "a"}), ("Ended", {"reason": "silence", "detail": ""}), None])

    def wait(_: float) -> None:
        step = next(steps)
        if step is None:
            raise KeyboardInterrupt
        journal = Journal.open(tmp_path / "journal.db")
        seq = 0 if step[0] == "Connected" else 1
        journal.append(Record("live", seq, at, 1.0, "fact", step[0], step[1]))
        assert journal.close(20)

    monkeypatch.setattr("offhook.cli.calls.time.sleep", wait)
    lines = run("calls", "--follow", "--since", "1970-01-01").output.splitlines()
    assert [(line.split()[0], line.split()[-1]) for line in lines] == [
        ("call", "done)"),
        ("live", "ago"),
        ("live", "silence"),
    ]
