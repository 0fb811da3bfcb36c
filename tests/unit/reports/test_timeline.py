"""The timeline shows who spoke, the decisions and their reasons."""

from collections.abc import Callable
from pathlib import Path

from offhook.core.decisions import EndCall, HangUp, Note
from offhook.core.ending import Ending
from offhook.core.facts import (
    AgentStateChanged,
    CallerFound,
    CallerStateChanged,
    Connected,
    Ended,
    EndRequested,
    HangUpDone,
    LinePlayed,
    MessageCommitted,
    PauseChanged,
    Planned,
    SessionStarted,
    Tick,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
    Warned,
)
from offhook.core.ladder import Silence
from offhook.core.record import Record
from offhook.core.steps import goodbye
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal
from offhook.reports.render import clean, render
from offhook.reports.timeline import Row, follow, timeline

Numbered = Callable[..., list[Record]]

CALL = (
    (0.0, Connected("desk", "agent-1")),
    (0.2, CallerFound("sip_1", True, False, number="+15105550100")),
    (0.3, Planned("Good evening.", Silence(goodbye("Goodbye.", after=5)), Ending(scope="caller"))),
    (0.5, SessionStarted()),
    (0.6, AgentStateChanged("listening", 0.6)),
    (1.0, AgentStateChanged("speaking", 1.0)),
    (1.9, MessageCommitted("assistant", "Good evening.")),
    (2.0, AgentStateChanged("listening", 1.9)),
    (2.0, Note(why="silence counts since the agent stopped speaking: goodbye in 5 s")),
    (5.0, CallerStateChanged("speaking", 4.8)),
    (5.5, TranscriptReceived("a", final=False)),
    (6.0, CallerStateChanged("listening", 5.7)),
    (6.1, TranscriptReceived("a table please", final=True)),
    (6.4, MessageCommitted("user", "a table please")),
    (6.5, ToolStarted("t", "book", "{}")),
    (6.7, ToolEnded("t", "done", "booked")),
    (6.9, AgentStateChanged("speaking", 6.9)),
    (7.9, MessageCommitted("assistant", "It is yours.", interrupted=True, answered_in=1.2)),
    (8.0, AgentStateChanged("listening", 7.9)),
    (9.0, CallerStateChanged("speaking", 8.9)),
    (9.6, CallerStateChanged("listening", 9.4)),
    (14.4, Tick()),
    (14.4, EndCall("silence", "Goodbye.", by="silence", why="5.00 s since a sound, step 1 of 1")),
    (14.4, EndRequested("silence", "Goodbye.", by="silence")),
    (14.6, AgentStateChanged("speaking", 14.6)),
    (15.1, LinePlayed("goodbye")),
    (15.1, AgentStateChanged("listening", 15.1)),
    (15.4, HangUp("silence", "caller", why="the goodbye was played")),
    (15.5, HangUpDone("caller")),
    (15.5, Ended("silence", seconds=15.5)),
)

PICTURE = """\
     0.00 s ││ agent   joined room desk as agent-1
     0.20 s ││ caller  +15105550100 / sip_1, by phone, still ringing
     0.30 s ││ offhook plan: greeting “Good evening.”; silence: goodbye after 5 s; at most 3600 s;
                       hangs up the caller
     0.50 s ││ agent   the session started
     1.90 s │┃ agent   “Good evening.”
     2.00 s ││ offhook silence counts since the agent stopped speaking: goodbye in 5 s
                         ← silence: (#7 AgentStateChanged)
            ││         ╌╌ 2.9 s of silence ╌╌
     6.10 s ┃│ caller  “a table please”
     6.50 s ││ tool    book({})
     6.70 s ││ tool    book done, booked (0.20 s)
     7.90 s │┃ agent   “It is yours.”, interrupted by the caller, answered in 1.20 s
     9.00 s ┃│ caller  a sound of 0.5 s
    14.40 s ││ offhook ends the call: silence, goodbye “Goodbye.”
                         ← silence: 5.00 s since a sound, step 1 of 1 (#21 Tick)
    14.40 s ││ offhook silence requested the end of the call: silence, goodbye “Goodbye.”
            ││         ╌╌ 5.2 s of silence ╌╌
    15.10 s │┃ offhook the goodbye line was played
    15.40 s ││ offhook hangs up (caller): silence
                         ← silence: the goodbye was played (#26 AgentStateChanged)
    15.50 s ││ call    hung up (caller)
    15.50 s ││ call    ■ ended: silence
"""


def test_call_is_drawn_as_a_picture(records: Numbered) -> None:
    assert render(timeline(records(*CALL)), 100) == PICTURE


def silences(records: list[Record]) -> list[tuple[float, str]]:
    return [(row.elapsed, row.text) for row in timeline(records) if row.kind == "silence"]


def test_a_line_beside_the_session_is_no_silence(records: Numbered) -> None:
    call = (
        (1.0, SessionStarted()),
        (2.0, CallerStateChanged("speaking", 2.0)),
        (4.2, CallerStateChanged("listening", 4.0)),
        (6.5, PauseChanged("filler", True, by="offhook")),
        (8.5, MessageCommitted("assistant", "One moment, please.", since=7.0)),
        (8.5, PauseChanged("filler", False, by="offhook")),
        (12.0, AgentStateChanged("speaking", 12.0)),
        (13.0, AgentStateChanged("listening", 13.0)),
        (13.0, Ended("error", seconds=13.0)),
    )
    assert silences(records(*call)) == [(7.0, "3.0 s of silence"), (12.0, "3.5 s of silence")]


def test_a_line_beside_a_caller_who_speaks_begins_no_silence(records: Numbered) -> None:
    call = (
        (1.0, CallerStateChanged("speaking", 1.0)),
        (4.0, MessageCommitted("assistant", "One moment, please.", since=2.5)),
        (9.0, CallerStateChanged("listening", 9.0)),
        (10.0, Ended("error", seconds=10.0)),
    )
    assert silences(records(*call)) == []


def test_colour_changes_nothing_but_the_colour(records: Numbered) -> None:
    drawn = render(timeline(records(*CALL)), 100, color=True)
    for code in range(100):
        drawn = drawn.replace(f"\x1b[{code}m", "")
    assert drawn == PICTURE


def test_words_that_never_became_part_of_the_conversation_are_pointed_out(records: Numbered) -> None:
    made = records(
        (1.0, TranscriptReceived("wait", final=True)),
        (2.0, TranscriptReceived("hello", final=True)),
        (2.5, MessageCommitted("user", "hello")),
    )
    assert [(row.elapsed, row.who, row.kind, row.text) for row in timeline(made)] == [
        (1.0, "caller", "speech", "“wait”"),
        (2.0, "caller", "speech", "“hello”"),
        (2.5, "offhook", "problem", "“wait” is not part of the conversation"),
    ]


def test_typed_words_are_shown_as_the_callers(records: Numbered) -> None:
    made = records((1.0, MessageCommitted("user", "typed")))
    assert timeline(made) == [Row(1.0, "caller", "speech", "“typed”", speaking=(False, False))]


def test_sounds_without_words_and_absence_have_rows_of_their_own(records: Numbered) -> None:
    made = records(
        (1.0, CallerStateChanged("speaking", 0.9)),
        (1.5, CallerStateChanged("listening", 1.3)),
        (2.0, CallerStateChanged("speaking", 1.9)),
        (9.0, CallerStateChanged("away", 8.0)),
    )
    assert [(row.elapsed, row.text) for row in timeline(made)] == [
        (1.0, "a sound of 0.4 s"),
        (2.0, "a sound"),
        (9.0, "is away"),
    ]


def test_reason_that_fits_stands_beside_the_decision() -> None:
    row = Row(
        1.0,
        "offhook",
        "decision",
        "cancels the ending and continues the call",
        "ending: the caller spoke (#3 LinePlayed)",
    )
    assert render([row], 110) == (
        "     1.00 s ││ offhook cancels the ending and continues the call  ← ending: the caller spoke (#3 LinePlayed)\n"
    )


def test_missing_records_are_pointed_out(records: Numbered) -> None:
    first, *_, last = records(*[(float(second), Warned("careful")) for second in range(4)])
    assert [row.text for row in timeline([first, last])] == [
        "careful",
        "2 records are missing: the journal could not be written",
        "careful",
    ]


def test_fact_of_a_newer_offhook_is_shown_as_it_is() -> None:
    record = Record("call", 0, 1.0, 1.0, "fact", "Sung", {"song": "la"})
    assert timeline([record]) == [Row(1.0, "offhook", "event", "Sung song=la")]


def test_following_tells_each_row_once_and_stops_at_the_end(tmp_path: Path, records: Numbered) -> None:
    made = records(*CALL)
    journals = [Journal.open(tmp_path / "journal.db") for _ in range(3)]
    told: list[Row] = []
    for start, journal in zip((0, 10, 20), journals, strict=True):
        for record in made[start : start + 10]:
            journal.append(record)
        assert journal.close(20)
        if start == 0:
            reader = Reader(tmp_path / "journal.db")
            following = follow(reader, "call")
        told += next(following)
    assert told == timeline(made)
    assert next(following, None) is None
    reader.close()


def test_caller_cannot_steer_the_terminal() -> None:
    assert clean("a\x1b[2J\nb\u202ec\ud800é👋🏽") == "a [2J b c é👋🏽"
