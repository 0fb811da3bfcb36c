"""Each turn of a call with the delay of its answer, and what the answer waited for."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from offhook.cli.turns import turns as command
from offhook.core.facts import (
    CallerStateChanged,
    Connected,
    EndpointingChosen,
    MessageCommitted,
    ResponseTimed,
)
from offhook.core.record import Record
from offhook.journal.writer import Journal
from offhook.reports.turns import Turn, turns, turns_text

SPEAKING, SILENT = CallerStateChanged("speaking", since=1.0), CallerStateChanged("listening", since=2.0)
SCRIPT = (
    (0.0, Connected("desk", "agent-1")),
    (1.0, SPEAKING),
    (2.0, SILENT),
    (2.1, EndpointingChosen(1.2, 0.2, "normal", ("probability 0.20",))),
    (2.5, SPEAKING),
    (4.0, SILENT),
    (4.1, EndpointingChosen(0.25, 0.9, "normal", ("probability 0.90", "the sentence is complete"))),
    (4.3, MessageCommitted("user", "I am calling, well, about the car.")),
    (5.4, ResponseTimed(1.4, 0.3, 0.7, 0.4)),
    (65.0, SPEAKING),
    (66.0, SILENT),
    (66.4, MessageCommitted("user", "Thanks.")),
    (67.0, MessageCommitted("user", "That is all.")),
)
FIRST = Turn(
    at=4.3,
    text="I am calling, well, about the car.",
    heard=1.4,
    committed=0.3,
    model=0.7,
    voice=0.4,
    wait=0.25,
    probability=0.9,
    preset="normal",
    why=("probability 0.90", "the sentence is complete"),
    pauses=1,
)


def test_a_turn_has_its_last_wait_its_pauses_and_its_answer(records: Callable[..., list[Record]]) -> None:
    assert turns(records(*SCRIPT)) == [FIRST, Turn(at=66.4, text="Thanks."), Turn(at=67.0, text="That is all.")]


def test_the_table_says_what_was_waited_for(records: Callable[..., list[Record]]) -> None:
    text = turns_text(turns(records(*SCRIPT)))
    assert "0:04.3" in text
    assert "0.25 s (normal: probability 0.90, the sentence is complete)" in text
    assert text.endswith("1 answer: median 1.40 s, slowest 1.40 s\n")


def test_without_an_answer_there_is_no_median(records: Callable[..., list[Record]]) -> None:
    assert "median" not in turns_text(turns(records(*SCRIPT[-1:])))


@pytest.mark.parametrize(("script", "said"), [(SCRIPT, "normal"), (SCRIPT[:1], "no turn")])
def test_the_command_shows_the_turns_of_a_call(
    records: Callable[..., list[Record]], tmp_path: Path, script: tuple[object, ...], said: str
) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    for record in records(*script):
        journal.append(record)
    assert journal.close(20)
    app = typer.Typer()
    app.command("turns")(command)
    shown = CliRunner().invoke(app, ["last", "--journal", str(tmp_path / "journal.db")])
    assert said in shown.output
    as_json = CliRunner().invoke(app, ["last", "--json", "--journal", str(tmp_path / "journal.db")])
    assert [turn["text"] for turn in json.loads(as_json.output)][:1] == [FIRST.text][: len(script) - 1]
