"""A repeated INVITE is found in the worker's journal, and only the earlier call goes on."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from offhook.call.twin import TwinCheck, find_twin
from offhook.core.facts import CallerFound, Connected, Ended, EndRequested, Fact
from offhook.core.record import Record, to_body
from offhook.journal.writer import Journal

PHONE = CallerFound("sip_1", True, False, direction="inbound", full_sip_call="a@carrier")


class Calls:
    """Writes calls into one journal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal.open(path)
        self._seq = 0

    def add(self, call: str, *facts: Fact, ago: float = 0.0) -> None:
        for fact in facts:
            self._seq += 1
            at = time.time() - ago
            name = type(fact).__name__
            self.journal.append(Record(call, self._seq, at, 0.0, "fact", name, to_body(fact)))

    async def twin(self, call: str, found: CallerFound = PHONE) -> str:
        return await find_twin(found, call=call, journal=self.path, recorder=self.journal)


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    made = Calls(tmp_path / "journal.db")
    yield made
    made.journal.close()


async def test_the_later_of_two_calls_with_one_call_id_has_a_twin(calls: Calls) -> None:
    calls.add("AJ_1", Connected("room-1", "agent"), PHONE, ago=0.5)
    calls.add("AJ_2", Connected("room-2", "agent"), PHONE)
    assert (await calls.twin("AJ_2"), await calls.twin("AJ_1")) == ("AJ_1", "")


async def test_a_call_that_has_ended_is_no_twin(calls: Calls) -> None:
    calls.add("AJ_1", PHONE, Ended("caller_hung_up"), ago=0.5)
    calls.add("AJ_2", PHONE)
    assert await calls.twin("AJ_2") == ""


@pytest.mark.parametrize("other", ["b@carrier", ""])
async def test_another_call_id_or_none_is_no_twin(calls: Calls, other: str) -> None:
    calls.add("AJ_1", PHONE, ago=0.5)
    found = CallerFound("sip_2", True, False, direction="inbound", full_sip_call=other)
    calls.add("AJ_2", found)
    assert await calls.twin("AJ_2", found) == ""


async def test_a_call_of_an_hour_ago_is_no_repetition(calls: Calls) -> None:
    calls.add("AJ_1", PHONE, ago=3600)
    calls.add("AJ_2", PHONE)
    assert await calls.twin("AJ_2") == ""


async def test_a_journal_that_cannot_be_read_ends_no_call(tmp_path: Path, calls: Calls) -> None:
    found = await find_twin(PHONE, call="AJ_2", journal=tmp_path / "none.db", recorder=calls.journal)
    assert found == ""


async def test_the_later_call_is_rejected(calls: Calls) -> None:
    calls.add("AJ_1", PHONE, ago=0.5)
    calls.add("AJ_2", PHONE)
    posted: list[Fact] = []
    check = TwinCheck("AJ_2", calls.path, recorder=calls.journal, post=posted.append)
    check.notice(PHONE)
    assert check._task is not None  # the test waits for the search
    await check._task
    (ended,) = posted
    assert isinstance(ended, EndRequested)
    assert (ended.reason, ended.goodbye) == ("rejected", "")
    await check.stop()
