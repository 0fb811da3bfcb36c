"""The timeline of a call: everything that happened and everything that was decided, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from offhook.core.record import Record
from offhook.evidence.lanes import Lanes, since_of
from offhook.evidence.phrases import Kind, Who, phrase, quoted
from offhook.evidence.words import unsaid
from offhook.journal.reader import Reader

__all__ = ["Row", "Teller", "follow", "timeline"]

SILENCE = 2.0
"""A silence shorter than this is a breath."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture; `speaking` says who was, caller and agent."""

    elapsed: float
    who: Who
    kind: Kind
    text: str
    why: str = ""
    speaking: tuple[bool, bool] = (False, False)


def timeline(records: Sequence[Record]) -> list[Row]:
    """The whole call in rows."""
    return Teller().tell(records)


def follow(reader: Reader, call: str) -> Iterator[list[Row]]:
    """What is new at each `next`, maybe nothing; stops after the end of the call. The caller decides when to look."""
    teller, after = Teller(), -1
    while not teller.over:
        records = reader.records(call, after=after)
        after = records[-1].seq if records else after
        yield teller.tell(records)


class Teller:
    """Turns records into rows as they come. What is noise alone (a partial word, a state) shows beside the rows."""

    def __init__(self) -> None:
        self.over = False
        self._hung_up = False
        self._names: dict[int, str] = {}
        self._tools: dict[object, tuple[str, float]] = {}
        self._heard: list[str] = []
        self._stages = ""
        self._last: int | None = None
        self._lanes = Lanes()
        self._sound: Row | None = None
        self._sound_since = 0.0

    def tell(self, records: Sequence[Record]) -> list[Row]:
        """The rows of these records; give them in order, each once."""
        return [row for record in records for row in self._tell(record)]

    def _tell(self, record: Record) -> list[Row]:
        rows = [*self._gap(record), *self._silence(record)]
        self._names[record.seq] = record.name
        match record.name:
            case "Tick" | "AgentTurned" | "Used":
                pass
            case "PauseChanged" if record.body["why"] == "filler":
                pass  # the line itself is shown
            case "Turn":
                self._stages = _stages(record)
            case "CallerTurned":
                rows += self._sounded(record)
            case "Heard" | "Said":
                rows += self._words(record)
            case "ToolStarted" | "ToolEnded":
                rows += self._emit(self._tool(record))
            case "LineLost" | "CallerLeft" if self._hung_up:
                pass  # our own doing; LineClosed says it
            case "Ended":
                rows += [*self._unsaid(record, ""), *self._emit(self._row(record))]
                self.over = True
            case _:
                self._hung_up = self._hung_up or record.name == "HangUp"
                rows += self._emit(self._row(record))
        return rows

    def _row(self, record: Record) -> Row:
        who, kind, text = phrase(record.name, record.body)
        return Row(record.elapsed, who, kind, text, self._why(record), (self._lanes.caller, self._lanes.agent))

    def _why(self, record: Record) -> str:
        if record.kind != "wish":
            return ""
        why = "" if record.name == "Note" else str(record.body.get("why", ""))
        cause = "" if record.cause is None else f"(#{record.cause} {self._names.get(record.cause, 'not seen')})"
        return " ".join(filter(None, [f"{record.by}:" if record.by else "", why, cause]))

    def _emit(self, row: Row) -> list[Row]:
        """A sound is worth a row of its own unless its words come next."""
        sound, self._sound = self._sound, None
        spoke = row.who == "caller" and row.kind == "speech"
        return [row] if sound is None or spoke else [sound, row]

    def _gap(self, record: Record) -> list[Row]:
        last, self._last = self._last, record.seq
        missing = 0 if last is None else record.seq - last - 1
        if missing <= 0:
            return []
        text = f"{missing} record{'s are' if missing > 1 else ' is'} missing: the journal could not be written"
        return self._emit(Row(record.elapsed, "offhook", "trouble", text))

    def _silence(self, record: Record) -> list[Row]:
        """A row for the silence that is over."""
        silence = self._lanes.take(record)
        if silence is None or silence[1] - silence[0] < SILENCE:
            return []
        since, now = silence
        at = now if record.name == "Said" else record.elapsed
        return self._emit(Row(at, "line", "silence", f"{now - since:.1f} s of silence"))

    def _sounded(self, record: Record) -> list[Row]:
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

    def _words(self, record: Record) -> list[Row]:
        text = str(record.body["text"])
        if record.name == "Heard":
            if not (record.body["final"] and text.strip()):
                return []
            self._heard.append(text)
            return self._emit(replace(self._row(record), speaking=(True, self._lanes.agent)))
        if record.body["role"] != "user":
            speaking = (self._lanes.caller, record.body["role"] == "assistant")
            row, stages, self._stages = self._row(record), self._stages, ""
            return self._emit(replace(row, text=row.text + stages, speaking=speaking))
        known = not unsaid([text], " ".join(self._heard))
        rows = self._unsaid(record, text)
        # The words of this message were shown when they were heard; typed or changed ones were not.
        return rows if known else [*rows, *self._emit(replace(self._row(record), who="caller"))]

    def _unsaid(self, record: Record, said: str) -> list[Row]:
        heard, self._heard = self._heard, []
        return [
            row
            for position in unsaid(heard, said)
            for row in self._emit(
                replace(
                    self._row(record),
                    who="offhook",
                    kind="trouble",
                    text=f"{quoted(heard[position])} was heard but is not part of the conversation",
                )
            )
        ]

    def _tool(self, record: Record) -> Row:
        row, id_ = self._row(record), record.body["id"]
        if record.name == "ToolStarted":
            self._tools[id_] = (str(record.body["name"]), record.elapsed)
            return row
        name, started = self._tools.pop(id_, ("a tool", record.elapsed))
        kind: Kind = "trouble" if record.body["status"] == "error" else "event"
        return replace(row, kind=kind, text=f"{name} {row.text} ({record.elapsed - started:.2f} s)")


def _stages(record: Record) -> str:
    """Where the time of an answer went, as far as is known; it is shown behind the answer."""
    seconds = [(name, record.body.get(name)) for name in ("model", "voice")]
    known = [f"{value:.2f} {name}" for name, value in seconds if isinstance(value, int | float)]
    return f" ({', '.join(known)})" if known else ""
