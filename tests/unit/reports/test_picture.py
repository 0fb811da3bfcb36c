"""The picture of a call: valid SVG, complete, and readable for short and for long calls."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from offhook.cli.show import show
from offhook.core.commands.verbs.say import SayCommand
from offhook.core.decisions import EndCall, Say
from offhook.core.errors import JournalError, OffhookError
from offhook.core.facts import (
    FACTS,
    AgentStateChanged,
    CallerAbsent,
    CallerFound,
    CallerRejoined,
    CallerStateChanged,
    CommandReceived,
    Ended,
    HangUpDone,
    KeyPressed,
    MediaLost,
    MediaRestored,
    MessageCommitted,
    ModelFailed,
    QuietChanged,
    ResponseTimed,
    RoomDisconnected,
    SessionStarted,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
)
from offhook.core.record import Record
from offhook.journal.redact import SHORT
from offhook.journal.writer import Journal
from offhook.reports.moments import CALL, moments, states
from offhook.reports.picture.captions import LONGEST, captions, labels
from offhook.reports.picture.draw import call_picture
from offhook.reports.picture.scale import LEFT, LETTER, PLOT, Scale, fit
from offhook.reports.voices import Speech, voices

Make = Callable[..., list[Record]]


def _turn(at: float, words: str = "what time is it") -> list[tuple[float, object]]:
    return [
        (at + 0.2, CallerStateChanged("speaking", since=at)),
        (at + 2.0, TranscriptReceived(words, final=True)),
        (at + 2.4, CallerStateChanged("listening", since=at + 1.9)),
        (at + 2.5, MessageCommitted("user", words)),
        (at + 2.9, AgentStateChanged("speaking", since=at + 2.8)),
        (at + 5.0, MessageCommitted("assistant", "It is noon, and the sun shines.")),
        (at + 5.0, AgentStateChanged("listening", since=at + 4.9)),
        (at + 5.0, ResponseTimed(0.9, committed=0.3, model=0.4, voice=0.2)),
    ]


BEGIN = [(0.0, CallerFound("sip_1", True, True, number="+15105550100")), (0.1, SessionStarted())]
END = [(30.0, RoomDisconnected("room_deleted")), (30.1, HangUpDone("room")), (31.0, Ended("silence", "nobody", 30.1))]
EVENTS = [
    (8.0, ToolStarted("t", "book", "{}")),
    (9.5, ToolEnded("t", "done", "booked")),
    (10.0, CommandReceived("c1", "anna", SayCommand("hi"), "say")),
    (11.0, KeyPressed("5")),
    (12.0, ModelFailed("LLM", True, "timeout")),
    (20.0, Say("Are you there?", "silence", why="8 s of silence")),
    (25.0, EndCall("silence", why="step 2")),
]


def _texts(picture: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(picture).iter() if node.tag.endswith("}text")]


def test_picture_shows_voices_events_and_the_end(records: Make) -> None:
    picture = call_picture(records(*BEGIN, *_turn(1.0), *EVENTS, *END))
    texts = _texts(picture)
    assert {"“what time is it”", "book 1.5 s", "anna: say", "key 5", "ladder: says", "ladder: ends the call"} <= {
        *texts
    }
    assert {"Call call", "ended: silence", "nobody", "0.9", "end"} <= {*texts}
    assert "LLM failed: timeout (may recover)" in texts
    assert next(text for text in texts if text.startswith("0:30 min · caller speaks 6%"))
    assert "<title>0:20 silence: says “Are you there?” (8 s of silence)</title>" in picture


@pytest.mark.slow
def test_an_hour_has_a_row_for_each_minute_and_one_row_for_the_whole_call(records: Make) -> None:
    talk = [fact for minute in range(60) for fact in _turn(minute * 60.0 + 3)]
    texts = _texts(call_picture(records(*BEGIN, *talk, (3600.0, Ended("limit", seconds=3600.0)))))
    assert (texts.count("caller"), texts.count("all")) == (60, 1)
    assert "59:30" in texts


def test_a_call_of_ten_hours_still_has_sixty_rows() -> None:
    assert Scale.of(36000.0).rows == 60


def test_a_speech_over_a_row_s_end_continues_in_the_next_row() -> None:
    scale = Scale.of(120.0)
    assert [row for row, _, _ in scale.pieces(55.0, 65.0)] == [0, 1]
    assert list(scale.pieces(60.0, 60.0)) == [(1, LEFT, LEFT)]


@pytest.mark.parametrize("seconds", [2.0, 5.0, 11.0])
def test_words_never_cover_other_words(seconds: float) -> None:
    scale = Scale.of(1200.0)
    side = [Speech(n * seconds, n * seconds + 1, "some words that are rather long " * 3) for n in range(100)]
    placed = captions(side, scale)
    assert placed
    ends: dict[int, float] = {}
    for one in placed:
        assert one.x >= ends.get(one.row, LEFT)
        ends[one.row] = one.x + max(map(len, one.lines)) * LETTER
        assert ends[one.row] <= LEFT + PLOT + LETTER


def test_labels_without_room_leave_only_their_mark(records: Make) -> None:
    keys = [(1.0 + n / 100, KeyPressed("5")) for n in range(5)]
    made = labels(moments(records(*BEGIN, *keys, (100.0, Ended("silence")))), Scale.of(100.0))
    assert [label.level for label in made] == [0, 1, 2, None, None]
    assert len(fit("x" * 100, 5 * LETTER, 3)[0]) <= 5 < LONGEST


def test_every_event_that_is_named_is_a_fact() -> None:
    assert set(FACTS) >= CALL


def test_lasting_states_have_a_begin_and_an_end(records: Make) -> None:
    made = states(
        records(
            (1.0, MediaLost("caller", since=0.5)),
            (4.0, MediaRestored("caller", 3.5)),
            (5.0, CallerAbsent()),
            (6.0, CallerRejoined()),
            (7.0, QuietChanged("hold")),
            (8.0, QuietChanged("mute")),
            (9.0, KeyPressed("1")),
        )
    )
    assert [(one.start, one.end, one.side, one.label) for one in made] == [
        (1.0, 4.0, "caller", "no packets"),
        (5.0, 6.0, "caller", "absent"),
        (7.0, 8.0, "agent", "hold"),
        (8.0, 9.0, "agent", "mute"),
    ]


def test_voices_of_a_call_without_an_end_last_until_the_last_record(records: Make) -> None:
    found = voices(
        records(
            (0.5, MessageCommitted("assistant", "One moment.", since=0.2)),
            (1.0, AgentStateChanged("speaking", since=1.0)),
            (2.0, TranscriptReceived("typed", final=True)),
            (3.0, KeyPressed("1")),
        )
    )
    assert found.agent == [Speech(0.2, 0.5, "One moment."), Speech(1.0, 3.0)]
    assert found.caller == [Speech(2.0, 2.0, "typed")]


def test_what_callers_choose_cannot_break_the_file(records: Make) -> None:
    words = "</svg><script>\x00\x1b\ud800\ufffe & “quotes” \u202e"
    picture = call_picture(records(*BEGIN, *_turn(1.0, words), (9.0, KeyPressed(SHORT)), *END))
    assert "<script>" not in picture
    assert ET.fromstring(picture.encode(errors="strict")) is not None
    assert not re.search("[\x00-\x08\u202e]", picture)


@pytest.mark.parametrize(
    "script", [BEGIN[:1], [(0.0, Ended("error"))], [(-3.0, KeyPressed("1")), (-5.0, KeyPressed("2"))]]
)
def test_odd_calls_can_be_drawn(records: Make, script: Sequence[tuple[float, object]]) -> None:
    assert ET.fromstring(call_picture(records(*script))) is not None


def test_call_without_records_is_refused() -> None:
    with pytest.raises(JournalError, match="no records yet"):
        call_picture([])


def test_show_draws_into_a_file(records: Make, tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    for record in records(*BEGIN, *_turn(1.0), *END):
        journal.append(record)
    assert journal.close(20)
    app = typer.Typer()
    app.command()(show)
    options = ["last", "--journal", str(tmp_path / "journal.db"), "--svg"]
    assert CliRunner().invoke(app, [*options, str(tmp_path / "new" / "call.svg")]).exit_code == 0
    assert (tmp_path / "new" / "call.svg").read_text(encoding="utf-8").startswith("<svg")
    assert isinstance(CliRunner().invoke(app, [*options, str(tmp_path)]).exception, OffhookError)
