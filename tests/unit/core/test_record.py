"""Every fact and decision becomes plain JSON-ready data."""

import json
from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

from offhook.core import decisions, facts
from offhook.core.commands import EndCommand
from offhook.core.decisions import DECISIONS, RunFunction
from offhook.core.facts import FACTS, CommandReceived, CommandResult, Planned, SilenceChanged, Tick
from offhook.core.ladder import Silence
from offhook.core.record import to_body
from offhook.core.steps import say

KINDS = [*FACTS.values(), *DECISIONS.values()]


def test_a_nested_value_is_plain_all_the_way_down() -> None:
    assert to_body(SilenceChanged(Silence(say("Yes?", after=8)), by="tool")) == {
        "silence": {
            "steps": [{"kind": "say", "after": 8, "text": "Yes?", "tool": "", "work": None}],
            "opening": [],
            "question": [],
            "hold": 6.0,
            "away": "first",
            "caps": {"tool": 60.0, "thinking": 20.0, "speaking": 300.0, "paused": 300.0},
        },
        "by": "tool",
    }
    assert to_body(CommandReceived("c1", by="desk", verb=EndCommand(), name="end")) == {
        "id": "c1",
        "by": "desk",
        "verb": {"reason": "command", "goodbye": None, "scope": None, "headers": None},
        "name": "end",
    }
    assert to_body(CommandResult("c1", "spoken")) == {"id": "c1", "status": "spoken", "detail": "", "final": True}
    assert to_body(Tick()) == {}


def test_a_function_is_written_by_its_name() -> None:
    assert to_body(RunFunction(to_body, tag="silence")) == {"work": "to_body", "tag": "silence", "why": ""}


def test_defaults_are_written_out() -> None:
    body = to_body(Planned())
    assert set(body) == {"greeting", "silence", "ending", "limits", "dead_air", "takeover", "barge_in", "recording"}
    assert json.loads(json.dumps(body)) == body


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_fact_and_wish_is_a_frozen_slotted_dataclass_with_a_docstring(kind: type) -> None:
    assert is_dataclass(kind)
    assert "__slots__" in vars(kind)
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{kind.__name__}(")
    made = kind(*(None for _ in fields(kind)))
    with pytest.raises((FrozenInstanceError, TypeError)):
        made.anything = 1


TYPES = ("CommandStatus", "Decision", "RetryCause", "RunnableCommand")
"""The names of types in the decisions' module."""


def test_facts_and_wishes_are_all_that_their_modules_show() -> None:
    assert set(facts.__all__) == {*FACTS, "FACTS", "Fact"}
    assert set(decisions.__all__) == {*DECISIONS, "DECISIONS", *TYPES}
