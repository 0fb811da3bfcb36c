"""Makes the timeline of a call: the facts, and the decisions with their reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from offhook.core.record import Record
from offhook.journal.call_reader import CallReader
from offhook.reports.phrases import Kind, Who, phrase
from offhook.reports.speaker_lanes import SpeakerLanes, since_of
from offhook.reports.unsaid import quoted, unsaid

__all__ = ["Row", "TimelineBuilder", "follow", "timeline"]

SILENCE = 2.0
"""Seconds; a shorter silence gets no row."""
HIDDEN = frozenset(
    {
        "AgentCodeStarted",
        "AgentStateChanged",
        "BargeInReady",
        "ModelResponded",
        "ModelResponding",
        "PlayoutPaused",
        "PlayoutResumed",
        "ReportCommand",
        "SpeechCreated",
        "SpeechEnded",
        "Tick",
        "ToolReleased",
        "TurnCommitted",
        "UsageUpdated",
    }
)
"""Records that get no row, because other rows show the same information, or because only offhook's policies need the
records.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the timeline. `speaking` says whether the caller speaks, and whether the agent speaks."""

    elapsed: float
    who: Who
    kind: Kind
    text: str
    why: str = ""
    speaking: tuple[bool, bool] = (False, False)


def timeline(records: Sequence[Record]) -> list[Row]:
    """Return the rows of a whole call."""
    return TimelineBuilder().add(records)


def follow(reader: CallReader, call: str) -> Iterator[list[Row]]:
    """Until the call has ended, read the journal again and again. Each time, yield the rows of the new records, which
    may be an empty list.
    """
    builder, after = TimelineBuilder(), -1
    while not builder.ended:
        records = reader.records(call, after=after)
        after = records[-1].seq if records else after
        yield builder.add(records)


class TimelineBuilder:
    """Converts the records of a call to rows. Give `add` the next records each time. Interim transcripts and most
    changes of state get no row.
    """

    def __init__(self) -> None:
        self.ended = False
        self._hung_up = False
        self._names: dict[int, str] = {}
        self._tools: dict[object, tuple[str, float]] = {}
        self._finals: list[str] = []
        self._stages = ""
        self._last: int | None = None
        self._lanes = SpeakerLanes()
        self._sound: Row | None = None
        self._sound_since = 0.0

    def add(self, records: Sequence[Record]) -> list[Row]:
        """Return the rows of the next records. Each record must be added once, in order."""
        return [row for record in records for row in self._rows_of(record)]

    def _rows_of(self, record: Record) -> list[Row]:
        rows = [*self._gap(record), *self._silence(record)]
        self._names[record.seq] = record.name
        match record.name:
            case name if name in HIDDEN or (name == "AgentCodeEnded" and not record.body["error"]):
                pass
            case "PauseChanged" if record.body["why"] == "filler":
                pass  # the filler line already has a row
            case "ResponseTimed":
                self._stages = _stages(record)
            case "CallerStateChanged":
                rows += self._noise_row(record)
            case "TranscriptReceived" | "MessageCommitted":
                rows += self._speech_rows(record)
            case "ToolStarted" | "ToolEnded":
                rows += self._emit(self._tool(record))
            case "RoomDisconnected" | "CallerLeft" if self._hung_up:
                pass  # offhook hung up, and HangUpDone has a row
            case "Ended":
                rows += [*self._unsaid_rows(record, ""), *self._emit(self._row(record))]
                self.ended = True
            case _:
                self._hung_up = self._hung_up or record.name == "HangUp"
                rows += self._emit(self._row(record))
        return rows

    def _row(self, record: Record) -> Row:
        who, kind, text = phrase(record.name, record.body)
        return Row(record.elapsed, who, kind, text, self._why(record), (self._lanes.caller, self._lanes.agent))

    def _why(self, record: Record) -> str:
        if record.kind != "decision":
            return ""
        why = "" if record.name == "Note" else str(record.body.get("why", ""))
        cause = "" if record.cause is None else f"(#{record.cause} {self._names.get(record.cause, 'not seen')})"
        return " ".join(filter(None, [f"{record.by}:" if record.by else "", why, cause]))

    def _emit(self, row: Row) -> list[Row]:
        """Return this row. If the caller made a sound that has no row yet, return the row of the sound first. If this
        row is the transcript of the sound, the sound gets no row.
        """
        sound, self._sound = self._sound, None
        transcribed = row.who == "caller" and row.kind == "speech"
        return [row] if sound is None or transcribed else [sound, row]

    def _gap(self, record: Record) -> list[Row]:
        last, self._last = self._last, record.seq
        missing = 0 if last is None else record.seq - last - 1
        if missing <= 0:
            return []
        text = f"{missing} record{'s are' if missing > 1 else ' is'} missing: the journal could not be written"
        return self._emit(Row(record.elapsed, "offhook", "problem", text))

    def _silence(self, record: Record) -> list[Row]:
        """Return a row for the silence that ends with this record, unless the silence is short."""
        silence = self._lanes.update(record)
        if silence is None or silence.end - silence.start < SILENCE:
            return []
        at = silence.end if record.name == "MessageCommitted" else record.elapsed
        return self._emit(Row(at, "call", "silence", f"{silence.end - silence.start:.1f} s of silence"))

    def _noise_row(self, record: Record) -> list[Row]:
        state, sound = record.body["state"], self._sound
        if state == "away":
            return self._emit(self._row(record))
        if state == "speaking":
            self._sound = Row(record.elapsed, "caller", "event", "a sound", "", (True, self._lanes.agent))
            self._sound_since = since_of(record)
            return [sound] if sound else []
        if sound is not None:
            self._sound = replace(sound, text=f"a sound of {max(0.1, since_of(record) - self._sound_since):.1f} s")
        return []

    def _speech_rows(self, record: Record) -> list[Row]:
        text = str(record.body["text"])
        if record.name == "TranscriptReceived":
            if not (record.body["final"] and text.strip()):
                return []
            if not record.body.get("backchannel"):
                self._finals.append(text)
            return self._emit(replace(self._row(record), speaking=(True, self._lanes.agent)))
        if record.body["role"] != "user":
            speaking = (self._lanes.caller, record.body["role"] == "assistant")
            row, stages, self._stages = self._row(record), self._stages, ""
            return self._emit(replace(row, text=row.text + stages, speaking=speaking))
        transcribed = not unsaid([text], " ".join(self._finals))
        rows = self._unsaid_rows(record, text)
        # The transcript of the same words already has a row. Words that were typed or changed have no row yet.
        return rows if transcribed else [*rows, *self._emit(replace(self._row(record), who="caller"))]

    def _unsaid_rows(self, record: Record, said: str) -> list[Row]:
        finals, self._finals = self._finals, []
        return [
            row
            for position in unsaid(finals, said)
            for row in self._emit(
                replace(
                    self._row(record),
                    who="offhook",
                    kind="problem",
                    text=f"{quoted(finals[position])} is not part of the conversation",
                )
            )
        ]

    def _tool(self, record: Record) -> Row:
        row, id_ = self._row(record), record.body["id"]
        if record.name == "ToolStarted":
            self._tools[id_] = (str(record.body["name"]), record.elapsed)
            return row
        name, started = self._tools.pop(id_, ("a tool", record.elapsed))
        kind: Kind = "problem" if record.body["status"] == "error" else "event"
        return replace(row, kind=kind, text=f"{name} {row.text} ({record.elapsed - started:.2f} s)")


def _stages(record: Record) -> str:
    """Return the known parts of the response latency, as a suffix for the row of the answer."""
    seconds = [("LLM", record.body.get("model")), ("TTS", record.body.get("voice"))]
    known = [f"{value:.2f} {name}" for name, value in seconds if isinstance(value, int | float)]
    return f" ({', '.join(known)})" if known else ""
