"""Makes a table of the caller's turns: the delay of each answer, and the reasons for the delay."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from offhook.core.record import Record

__all__ = ["Turn", "turns", "turns_text"]

_WORDS = 38
_HEAD = ("at", "answer", "end of turn", "LLM", "TTS", "pauses", "waited for", "caller")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the caller. Durations are in seconds. None means that the journal has no value.

    `heard` is the time from the end of the caller's speech to the first audio of the answer. `committed`, `model` and
    `voice` are the parts of `heard`, as in `ResponseTimed`. `wait`, `preset`, `probability` and `why` are the fields of
    the last `EndpointingChosen` in this turn. `pauses` counts the silences after which the caller continued to speak.
    """

    at: float
    text: str = ""
    heard: float | None = None
    committed: float | None = None
    model: float | None = None
    voice: float | None = None
    wait: float | None = None
    probability: float | None = None
    preset: str = ""
    why: Sequence[str] = ()
    pauses: int = 0

    @property
    def as_json(self) -> dict[str, object]:
        """The turn as JSON-ready data."""
        return asdict(self)


@dataclass(slots=True)
class _Open:
    """The data of a turn that has not ended."""

    chosen: Mapping[str, object] = field(default_factory=dict)
    silences: int = 0
    speaking: bool = False


def turns(records: Sequence[Record]) -> list[Turn]:
    """Return the turns of a call, in order."""
    return list(_turns(records))


def _turns(records: Sequence[Record]) -> Iterator[Turn]:
    now, begun = _Open(), None
    for record in records:
        match record.name:
            case "CallerStateChanged":
                now.silences += now.speaking and record.body["state"] == "listening"
                now.speaking = record.body["state"] == "speaking"
            case "EndpointingChosen":
                now.chosen = record.body
            case "MessageCommitted" if record.body["role"] == "user":
                if begun is not None:
                    yield begun
                begun, now = _begun(record, now), _Open(speaking=now.speaking)
            case "ResponseTimed" if begun is not None:
                yield _answered(begun, record.body)
                begun = None
    if begun is not None:
        yield begun


def _begun(record: Record, now: _Open) -> Turn:
    chosen, why = now.chosen, now.chosen.get("why")
    return Turn(
        at=record.elapsed,
        text=str(record.body["text"]),
        wait=_number(chosen, "wait"),
        probability=_number(chosen, "probability"),
        preset=str(chosen.get("preset", "")),
        why=tuple(map(str, why)) if isinstance(why, list | tuple) else (),
        pauses=max(now.silences - 1, 0),
    )


def _answered(turn: Turn, body: Mapping[str, object]) -> Turn:
    fields = asdict(turn) | {name: _number(body, name) for name in ("heard", "committed", "model", "voice")}
    return Turn(**fields)


def _number(body: Mapping[str, object], name: str) -> float | None:
    value = body.get(name)
    return float(value) if isinstance(value, int | float) else None


def turns_text(found: Sequence[Turn]) -> str:
    """Format the turns as a table with one row for each turn. The text below the table has the median and the slowest
    answer.
    """
    rows = [_HEAD, *map(_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    answers = [turn.heard for turn in found if turn.heard is not None]
    if answers:
        count = f"{len(answers)} answer{'s' if len(answers) > 1 else ''}"
        lines += ["", f"{count}: median {statistics.median(answers):.2f} s, slowest {max(answers):.2f} s"]
    return "\n".join(lines) + "\n"


def _row(turn: Turn) -> tuple[str, ...]:
    waited = f"{turn.wait:.2f} s ({turn.preset}: {', '.join(turn.why)})" if turn.wait is not None else "-"
    short = turn.text if len(turn.text) <= _WORDS else f"{turn.text[: _WORDS - 1]}…"
    delays = (f"{one:.2f}" if one is not None else "-" for one in (turn.heard, turn.committed, turn.model, turn.voice))
    minutes, seconds = divmod(turn.at, 60)
    return (f"{int(minutes)}:{seconds:04.1f}", *delays, str(turn.pauses), waited, short)
