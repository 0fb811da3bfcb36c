"""Every fact and decision in the journal is valid against the published JSON Schema."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from docs._make.json_schema import journal_schema
from tests.unit.journal.test_every_fact_and_decision import _records

from offhook.core.decisions import DECISIONS
from offhook.core.facts import FACTS
from offhook.core.record import Record
from offhook.testing import simulate

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "reference" / "journal.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def _plain(record: Record) -> Any:
    return json.loads(json.dumps(asdict(record)))


@pytest.mark.slow
def test_schema_is_one_and_has_every_name() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.dumps(SCHEMA, indent=1, ensure_ascii=False) + "\n" == journal_schema()
    assert set(SCHEMA["$defs"]) == {*FACTS, *DECISIONS}


def test_every_fact_and_decision_is_valid() -> None:
    for record in _records():
        VALIDATOR.validate(_plain(record))


@pytest.mark.slow
def test_every_record_of_a_call_is_valid() -> None:
    records = simulate(ROOT / "agents" / "agent.py").records
    assert records
    for record in records:
        VALIDATOR.validate(_plain(record))


@pytest.mark.parametrize(
    ("name", "body"),
    [("KeyPressed", {"digit": 5}), ("Ended", {"reason": "tired"}), ("MediaLost", {"since": "now"})],
)
def test_wrong_body_is_not_valid(name: str, body: dict[str, object]) -> None:
    record = Record("c", 0, 1.0, 1.0, "fact", name, body)
    assert not VALIDATOR.is_valid(_plain(record))


def test_name_of_a_later_version_is_valid() -> None:
    VALIDATOR.validate(_plain(Record("c", 0, 1.0, 1.0, "fact", "NewFact", {"anything": 1})))
