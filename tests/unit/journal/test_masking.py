"""A journal that masks: no personal data is written, and the parts of a split number do not stay in the files."""

import json
from pathlib import Path

import pytest

from offhook.core.facts import (
    CallerFound,
    EndRequested,
    Fact,
    MessageCommitted,
    ToolStarted,
    TranscriptReceived,
    Warned,
)
from offhook.core.record import Record, to_body
from offhook.journal.masking import Masking, masked
from offhook.journal.reader import Reader
from offhook.journal.redact import corrected_row
from offhook.journal.writer import Journal
from offhook.redaction.redactor import Redactor as Mask

LONG = 20.0


def _record(seq: int, fact: Fact) -> Record:
    return Record("AJ_1", seq, 1000.0 + seq, float(seq), "fact", type(fact).__name__, to_body(fact))


async def _written(path: Path, *facts: Fact, mask: Mask | None = None) -> list[Record]:
    journal = Journal.open(path, mask=mask or Mask())
    for seq, fact in enumerate(facts):
        journal.append(_record(seq, fact))
        assert await journal.flushed(LONG)
    assert journal.close(LONG)
    with Reader(path) as reader:
        return reader.records("AJ_1")


def _bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


async def test_what_is_said_is_masked_before_it_is_written(path: Path) -> None:
    records = await _written(
        path,
        CallerFound("sip_+14155552671", phone=True, active=True, number="+14155552671"),
        MessageCommitted("user", "write to ada@example.com"),
        Warned("4111 1111 1111 1111 was said"),
        EndRequested("agent_ended", goodbye="Bye ada@example.com."),
    )
    assert [record.body.get("text", record.body.get("goodbye")) for record in records[1:]] == [
        "write to [email]",
        "[card] was said",
        "Bye [email].",
    ]
    assert records[0].body["number"] == "+14155552671"  # the number of the call is not speech
    assert b"ada@example.com" not in _bytes(path)


async def test_earlier_parts_of_a_number_are_masked_when_it_is_complete(path: Path) -> None:
    records = await _written(
        path,
        TranscriptReceived("it is 4111 2222", final=True),
        MessageCommitted("user", "it is 4242 4242"),
        MessageCommitted("assistant", "Go on."),
        TranscriptReceived("4242", final=False),
        MessageCommitted("user", "and 4242 4242, thanks"),
    )
    texts = [record.body["text"] for record in records]
    assert texts == ["it is 4111 2222", "it is [card]", "Go on.", "[number]", "and [card], thanks"]
    assert b"4242" not in _bytes(path)


async def test_arguments_of_tools_stay_json(path: Path) -> None:
    arguments = json.dumps({"card": 4111111111111111, "to": "ada@example.com", "nights": 2})
    (record,) = await _written(path, ToolStarted("1", "book", arguments))
    assert json.loads(str(record.body["arguments"])) == {"card": "[card]", "to": "[email]", "nights": 2}


async def test_words_that_were_forgotten_do_not_come_back_with_a_correction(path: Path) -> None:
    journal = Journal.open(path, mask=Mask())
    journal.append(_record(0, MessageCommitted("user", "my secret is 4242 4242")))
    assert await journal.flushed(LONG)
    assert await journal.redact("AJ_1", 1)
    journal.append(_record(1, MessageCommitted("user", "and 4242 4242")))
    assert await journal.flushed(LONG)
    assert journal.close(LONG)
    with Reader(path) as reader:
        assert [record.body["text"] for record in reader.records("AJ_1")] == ["[forgotten]", "and 4242 4242"]


def test_a_correction_never_makes_a_row_longer() -> None:
    body = '{"text":"4242"}'
    assert corrected_row("[card]", body) == '{"text":"*"}   '
    assert corrected_row("[card]", '{"text":"4242 4242"}') == '{"text":"[card]"}   '
    assert corrected_row("x", '{"text":""}') == '{"text":""}'


async def test_a_mask_that_fails_keeps_the_record_out_of_the_journal(path: Path) -> None:
    class Broken(Mask):
        def redact_json(self, text: str) -> str:
            raise ValueError(text)

    journal = Journal.open(path, mask=Broken())
    journal.append(_record(0, Warned("a secret")))
    journal.append(_record(1, MessageCommitted("user", "hello")))
    assert not await journal.flushed(LONG)
    assert journal.close(LONG)
    assert b"a secret" not in _bytes(path)
    with Reader(path) as reader:
        assert [record.seq for record in reader.records("AJ_1")] == [1]


def test_records_that_are_read_can_be_masked_too() -> None:
    said = ("it is 4242 4242", "and 4242 4242")
    records = [_record(seq, MessageCommitted("user", text)) for seq, text in enumerate(said)]
    assert [record.body["text"] for record in masked(records, Mask())] == ["it is [card]", "and [card]"]


def test_only_near_turns_are_kept_in_memory() -> None:
    masking = Masking(Mask())
    for seq in range(100):
        masking.apply(_record(seq, MessageCommitted("user", "4242")))
    assert len(masking._turns) == 12
