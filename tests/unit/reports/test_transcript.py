"""The transcript shows what both sides said, and nothing twice."""

from collections.abc import Callable
from dataclasses import replace

from offhook.core.facts import MessageCommitted, SpeechRedacted, ToolEnded, ToolStarted, TranscriptReceived
from offhook.core.record import Record
from offhook.journal.redact import redacted
from offhook.reports.render import render_transcript
from offhook.reports.timeline import timeline
from offhook.reports.transcript import Line, transcript

Numbered = Callable[..., list[Record]]


def test_words_of_a_turn_are_shown_once(records: Numbered) -> None:
    made = records(
        (1.0, TranscriptReceived("I would", final=False)),
        (2.0, TranscriptReceived("I would like", final=True)),
        (3.0, TranscriptReceived("a table", final=True)),
        (3.5, MessageCommitted("user", "I would like a table")),
        (5.0, MessageCommitted("assistant", "For how", interrupted=True)),
    )
    assert transcript(made) == [
        Line(3.5, "caller", "I would like a table"),
        Line(5.0, "agent", "For how", interrupted=True),
    ]


def test_words_over_an_uninterruptible_line_are_kept_where_they_were_heard(records: Numbered) -> None:
    made = records(
        (1.0, TranscriptReceived("wait", final=True)),
        (2.0, MessageCommitted("assistant", "Goodbye.")),
        (3.0, TranscriptReceived("hello", final=True)),
        (3.2, MessageCommitted("user", "hello")),
        (4.0, TranscriptReceived("anybody", final=True)),
    )
    assert transcript(made) == [
        Line(1.0, "caller", "wait", kind="heard"),
        Line(2.0, "agent", "Goodbye."),
        Line(3.2, "caller", "hello"),
        Line(4.0, "caller", "anybody", kind="heard"),
    ]


def test_typed_words_do_not_hide_spoken_ones(records: Numbered) -> None:
    made = records((1.0, TranscriptReceived("spoken", final=True)), (2.0, MessageCommitted("user", "typed")))
    assert transcript(made) == [Line(1.0, "caller", "spoken", kind="heard"), Line(2.0, "caller", "typed")]


def test_tools_are_shown_with_their_outcome(records: Numbered) -> None:
    made = records(
        (1.0, ToolStarted("a", "book", '{"people": 2}')),
        (1.1, ToolStarted("b", "look", "{}")),
        (1.2, ToolStarted("c", "wait", "{}")),
        (1.3, ToolStarted("d", "hang", "{}")),
        (1.4, ToolEnded("b", "error", "no such day")),
        (1.5, ToolEnded("a", "done", "booked")),
        (1.6, ToolEnded("c", "cancelled")),
        (1.7, MessageCommitted("system", "Be kind.")),
    )
    assert transcript(made) == [
        Line(1.0, "tool", 'book({"people": 2}) -> booked', kind="tool"),
        Line(1.1, "tool", "look({}) -> failed: no such day", kind="tool"),
        Line(1.2, "tool", "wait({}) -> cancelled", kind="tool"),
        Line(1.3, "tool", "hang({}) -> not finished", kind="tool"),
        Line(1.7, "system", "Be kind."),
    ]


def test_transcript_is_drawn_with_hanging_lines() -> None:
    lines = [
        Line(1.0, "caller", "I would like a table for two people tonight"),
        Line(12.5, "agent", "For how", interrupted=True),
        Line(70.0, "caller", "wait\x1b[2J", kind="heard"),
        Line(123.4, "tool", "book({}) -> booked", kind="tool"),
    ]
    assert render_transcript(lines, 60) == (
        "     1.00 s  caller  “I would like a table for two people\n"
        "                     tonight”\n"
        "    12.50 s  agent   “For how” [interrupted]\n"
        "    70.00 s  caller  “wait [2J” [not part of the\n"
        "                     conversation]\n"
        "   123.40 s  tool    book({}) -> booked\n"
    )


def test_a_call_whose_words_were_forgotten_shows_where_they_were(records: Numbered) -> None:
    made = records(
        (1.0, TranscriptReceived("my pin", final=True)),
        (2.0, TranscriptReceived("is 4711", final=True)),
        (2.5, MessageCommitted("user", "my pin is 4711")),
        (3.0, ToolStarted("1", "book", '{"pin": 4711}')),
        (3.1, ToolEnded("1", "done", "4711 is there")),
        (4.0, MessageCommitted("assistant", "Booked.")),
        (5.0, SpeechRedacted()),
        (6.0, MessageCommitted("user", "thank you")),
    )
    left = [replace(one, body=redacted(one.name, one.body)) if one.seq < 6 else one for one in made]
    drawn = render_transcript(transcript(left)).splitlines()
    assert [line.split(" s  ")[1] for line in drawn] == [
        "caller  [forgotten]",
        "tool    book([forgotten]) -> [forgotten]",
        "agent   [forgotten]",
        "caller  “thank you”",
    ]
    rows = [row.text for row in timeline(left)]
    assert "code removed all earlier speech" in rows
    assert not [text for text in rows if "not part of the conversation" in text]
