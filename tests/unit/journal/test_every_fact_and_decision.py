"""Every fact and decision is equal after writing and reading, and has a phrase for the timeline."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from offhook.core.commands import Command, EndCommand
from offhook.core.commands.verbs.say import SayCommand
from offhook.core.dead_air import DeadAir
from offhook.core.decisions import DECISIONS, RunnableCommand
from offhook.core.dial import Redial
from offhook.core.ending import Ending, Limits
from offhook.core.facts import FACTS
from offhook.core.ladder import Silence
from offhook.core.record import Record, to_body
from offhook.core.recording import Recording
from offhook.core.steps import Work, goodbye, say
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal
from offhook.reports.phrases import PHRASES
from offhook.reports.timeline import HIDDEN, timeline

SAMPLES: Mapping[object, object] = {str: "“wörter” {x}", bool: True, int: 3, float: 2.5, type(None): None}
EVERYTHING = [*FACTS.values(), *DECISIONS.values()]


def _sample(hint: Any, arm: int) -> Any:
    """A value of this type. `arm` selects one of several types, so that two samples cover an optional field."""
    if hint == Work:
        return _sample
    if hint is Silence:
        return Silence(say("Are you there?", after=5), goodbye("Bye.", after=2.5))
    if hint in (Ending, Limits, DeadAir, Recording, Redial):
        return hint()
    if hint in (Command, RunnableCommand):
        return (SayCommand("“wörter” {x}"), EndCommand())[arm % 2]
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{field.name: _sample(hints[field.name], arm) for field in fields(hint) if field.init})
    if get_origin(hint) is Literal:
        return get_args(hint)[arm % len(get_args(hint))]
    if get_origin(hint) in (Union, types.UnionType):
        return _sample(get_args(hint)[arm % len(get_args(hint))], arm)
    if get_origin(hint) in (tuple, Sequence, Mapping):
        return {"key": "value"} if get_origin(hint) is Mapping else (_sample(get_args(hint)[0], arm),)
    return SAMPLES[hint]


def _records() -> list[Record]:
    made = [_sample(kind, arm) for kind in EVERYTHING for arm in (0, 1)]
    return [
        Record(
            "call", seq, 1.5 + seq, seq / 3, "fact" if kind in FACTS else "decision", kind, to_body(value), seq, "by"
        )
        for seq, value in enumerate(made)
        for kind in [type(value).__name__]
    ]


async def test_every_fact_and_wish_comes_back_as_it_was(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    for record in _records():
        journal.append(record)
    assert await journal.flushed(20)
    assert journal.close(20)
    with Reader(tmp_path / "journal.db") as reader:
        assert reader.records("call") == _records()


def test_every_fact_and_wish_has_words() -> None:
    assert set(PHRASES) == {kind.__name__ for kind in EVERYTHING}


def test_words_are_complete() -> None:
    for record in _records():
        rows = timeline([record])
        assert all(row.text.strip() and "None" not in row.text and "<" not in row.text for row in rows), record
        assert rows or record.name in (*HIDDEN, "CallerStateChanged", "TranscriptReceived", "ResponseTimed"), record
