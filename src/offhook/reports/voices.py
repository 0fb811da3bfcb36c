"""Finds who spoke when, from the records of a call: each speech with its start, its end and its text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from offhook.core.record import Record
from offhook.journal.redact import without_speech
from offhook.reports.speaker_lanes import SilentSpan, SpeakerLanes, since_of

__all__ = ["Speech", "Voices", "voices"]

LATE = 2.0
"""For this many seconds after the end of a speech, its text and its latency may still arrive."""


@dataclass(frozen=True, slots=True)
class Speech:
    """One speech of the caller or the agent. `start` and `end` are in seconds since the start of the call. For a sound
    without words, `text` is empty.

    `answered_in` is the response latency of an answer, if it was measured.
    """

    start: float
    end: float
    text: str = ""
    interrupted: bool = False
    answered_in: float | None = None

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Voices:
    """The speech of both sides, and each silence, in order."""

    caller: Sequence[Speech]
    agent: Sequence[Speech]
    silences: Sequence[SilentSpan]


def voices(records: Sequence[Record]) -> Voices:
    """Return when the caller and the agent spoke. If the journal has no end of a speech, the speech ends with the last
    record.
    """
    last = records[-1].elapsed if records else 0.0
    caller, agent = _spans(records, "CallerStateChanged", last), _spans(records, "AgentStateChanged", last)
    lanes, silences = SpeakerLanes(), list[SilentSpan]()
    for record in records:
        body = record.body
        if (silence := lanes.update(record)) is not None and silence.end > silence.start:
            silences.append(silence)
        if record.name == "TranscriptReceived" and body["final"] and str(body["text"]).strip():
            _add_text(caller, record, str(body["text"]))
        elif record.name == "MessageCommitted" and body["role"] == "assistant":
            if body.get("since") is not None:
                agent.append(Speech(since_of(record), record.elapsed))
                agent.sort(key=lambda one: one.start)
            _add_text(agent, record, str(body["text"]))
        elif record.name == "ResponseTimed":
            _add_latency(agent, record)
    return Voices(caller, agent, silences)


def _spans(records: Sequence[Record], name: str, last: float) -> list[Speech]:
    spans: list[Speech] = []
    start: float | None = None
    for record in records:
        ends = record.name == "Ended"
        if record.name != name and not ends:
            continue
        if record.name == name and record.body["state"] == "speaking":
            start = since_of(record) if start is None else start
        elif start is not None:
            spans.append(Speech(start, max(since_of(record), start)))
            start = None
    return spans if start is None else [*spans, Speech(start, max(last, start))]


def _add_text(spans: list[Speech], record: Record, text: str) -> None:
    """Add the text to the speech that the record belongs to. If there is no such speech, add a new speech with the
    text.
    """
    text = without_speech(text)
    at = _speech_of(spans, record)
    if at is None:
        if text:
            spans.append(Speech(record.elapsed, record.elapsed, text))
            spans.sort(key=lambda one: one.start)
        return
    known = spans[at]
    cut = bool(record.body.get("interrupted")) or known.interrupted
    spans[at] = replace(known, text=" ".join(filter(None, [known.text, text])), interrupted=cut)


def _add_latency(spans: list[Speech], record: Record) -> None:
    heard, at = record.body["heard"], _speech_of(spans, record)
    if at is not None and isinstance(heard, int | float):
        spans[at] = replace(spans[at], answered_in=float(heard))


def _speech_of(spans: Sequence[Speech], record: Record) -> int | None:
    """Return the index of the last speech that began before this record. Return None if that speech ended more than 2 s
    before the record.
    """
    at = next((n for n in range(len(spans) - 1, -1, -1) if spans[n].start <= record.elapsed), None)
    return None if at is None or record.elapsed > spans[at].end + LATE else at
