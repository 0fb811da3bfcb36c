"""What queries from outside see of a running call."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from offhook.call.view import PAGE, LiveView
from offhook.cli.remote.words import answer_words
from offhook.core.facts import (
    AgentHandoff,
    AgentStateChanged,
    CallerFound,
    CallerStateChanged,
    CallerStatus,
    CommandResult,
    Connected,
    EndCancelled,
    EndRequested,
    Fact,
    HangUpDone,
    MessageCommitted,
    OtherParticipants,
    QuietChanged,
    ResponseTimed,
    SpeechRedacted,
    UsageUpdated,
)
from offhook.core.record import Record, to_body
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal


class Recorded:
    """A view and its journal; `post` writes a fact as the inbox does."""

    def __init__(self, path: Path) -> None:
        self.journal = Journal.open(path)
        self.time = 100.0
        self.view = LiveView("AJ_1", path, recorder=self.journal, clock=lambda: self.time)
        self.seq = 0

    def post(self, fact: Fact) -> None:
        self.journal.append(
            Record("AJ_1", self.seq, 1000.0 + self.seq, float(self.seq), "fact", type(fact).__name__, to_body(fact))
        )
        self.seq += 1
        self.view.notice(fact)


@pytest.fixture
async def recorded(tmp_path: Path) -> AsyncIterator[Recorded]:
    made = Recorded(tmp_path / "journal.db")
    yield made
    made.journal.close(10)


async def test_words_of_a_pause_of_the_recording_are_not_in_the_state(recorded: Recorded, tmp_path: Path) -> None:
    view = LiveView("AJ_1", tmp_path, recorder=recorded.journal, clock=lambda: 1.0, hidden=lambda: True)
    view.notice(MessageCommitted("user", "My card is 4111."))
    assert view.state()["last"] == {"who": "user", "text": "[not recorded]"}


async def test_the_state_says_who_calls_and_what_happens(recorded: Recorded) -> None:
    for fact in (
        Connected("room-1", "agent-1"),
        CallerFound("sip_1", phone=True, active=True, name="Ann", number="+15105550100"),
        CallerStatus("active"),
        OtherParticipants(1),
        AgentHandoff("billing"),
        AgentStateChanged("speaking", since=0.0),
        CallerStateChanged("listening", since=0.0),
        QuietChanged("mute"),
        ResponseTimed(0.7312),
        UsageUpdated(input_tokens=3, output_tokens=4),
        MessageCommitted("user", "My number is 4711."),
        MessageCommitted("assistant", "x" * 400),
        EndRequested("limit"),
        EndRequested("error"),
    ):
        recorded.post(fact)
    recorded.time = 112.34
    state = recorded.view.state()
    assert state == {
        "call": "AJ_1",
        "room": "room-1",
        "identity": "agent-1",
        "agent": "billing",
        "caller": {"identity": "sip_1", "kind": "phone", "number": "+15105550100", "name": "Ann"},
        "phone_status": "active",
        "others": 1,
        "agent_state": "speaking",
        "caller_state": "listening",
        "quiet": "mute",
        "latency": 0.731,
        "tokens": 7,
        "turns": 1,
        "last": {"who": "assistant", "text": "x" * 300},
        "ending": "limit",
        "seconds": 12.3,
    }
    recorded.post(EndCancelled("limit"))
    recorded.post(SpeechRedacted())
    assert (recorded.view.state()["ending"], recorded.view.state()["last"]) == ("", None)


@pytest.mark.parametrize(("direction", "dialled"), [("inbound", "+15105550199"), ("outbound", "+15105550100")])
async def test_the_state_of_a_phone_call_says_what_was_dialled_and_over_which_trunk(
    recorded: Recorded, direction: Any, dialled: str
) -> None:
    found = CallerFound("sip_1", phone=True, active=True, number="+15105550100", direction=direction)
    recorded.post(replace(found, trunk_number="+15105550199", trunk="ST_main"))
    caller: Any = recorded.view.state()["caller"]
    assert (caller["direction"], caller["dialled"], caller["trunk"]) == (direction, dialled, "ST_main")
    shown = answer_words("state", recorded.view.state())
    assert f"{direction}, dialled {dialled}, trunk ST_main" in shown


async def test_records_are_read_from_the_journal_in_pages(recorded: Recorded) -> None:
    for number in range(200):
        recorded.post(MessageCommitted("user", f"{number} " + "ä" * 100))
    seen, after, more, pages = list[Any](), -1, True, 0
    while more:
        page: Any = await recorded.view.facts(after=after, wait=0)
        assert len(json.dumps(page, ensure_ascii=False).encode()) < PAGE + 2_000
        seen += page["records"]
        after, more, pages = page["next"], page["more"], pages + 1
    assert [one["seq"] for one in seen] == list(range(200))
    assert pages > 2
    assert (await recorded.view.facts(after=after, wait=0))["records"] == []


class SlowDisk:
    """A recorder whose records are on disk only after `go` is set."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.go = journal, asyncio.Event()

    def append(self, record: Record) -> None:
        self.journal.append(record)

    async def flushed(self) -> bool:
        await self.go.wait()
        return await self.journal.flushed()

    async def redact(self, call: str, before: int) -> bool:
        return await self.journal.redact(call, before)


async def test_a_query_that_is_cancelled_takes_no_record_from_the_next_one(recorded: Recorded, tmp_path: Path) -> None:
    disk = SlowDisk(recorded.journal)
    recorded.view = LiveView("AJ_1", tmp_path / "journal.db", recorder=disk, clock=lambda: 0.0)
    recorded.post(EndRequested("limit"))
    late = asyncio.ensure_future(recorded.view.facts(after=-1, wait=0))
    await asyncio.sleep(0)
    late.cancel()  # as LiveKit does at the sender's deadline
    await asyncio.gather(late, return_exceptions=True)
    disk.go.set()
    page: Any = await recorded.view.facts(after=-1, wait=0)
    assert [one["name"] for one in page["records"]] == ["EndRequested"]


async def test_a_journal_that_cannot_be_read_for_a_moment_hides_no_record(recorded: Recorded, tmp_path: Path) -> None:
    path = tmp_path / "mounted" / "journal.db"
    recorded.view = LiveView("AJ_1", path, recorder=recorded.journal, clock=lambda: 0.0)
    recorded.post(EndRequested("limit"))
    assert (await recorded.view.facts(after=-1, wait=0))["records"] == []
    (tmp_path / "mounted").symlink_to(tmp_path)
    page: Any = await recorded.view.facts(after=-1, wait=0)
    assert [one["name"] for one in page["records"]] == ["EndRequested"]


async def test_a_record_over_the_limit_comes_without_its_body(recorded: Recorded) -> None:
    recorded.post(MessageCommitted("user", "x" * 20_000))
    page: Any = await recorded.view.facts(after=-1, wait=0)
    assert list(page["records"][0]["body"]) == ["too_long"]


async def test_who_waits_for_records_gets_them_when_they_come(recorded: Recorded) -> None:
    waiting = asyncio.create_task(recorded.view.facts(after=-1, wait=2.0))  # type: ignore[arg-type]  # a coroutine
    await asyncio.sleep(0)
    recorded.post(Connected("room-1", "agent-1"))
    page: Any = await waiting
    assert [one["name"] for one in page["records"]] == ["Connected"]
    assert page["over"] is False


async def test_after_the_hang_up_nobody_waits(recorded: Recorded) -> None:
    recorded.post(HangUpDone("room"))
    page: Any = await recorded.view.facts(after=0, wait=2.0)
    assert (page["records"], page["over"]) == ([], True)


async def test_the_transcript_has_the_messages_only(recorded: Recorded) -> None:
    for fact in (
        Connected("room-1", "agent-1"),
        MessageCommitted("assistant", "Hello."),
        AgentStateChanged("listening", since=0.0),
        MessageCommitted("user", "Hi."),
    ):
        recorded.post(fact)
    page: Any = await recorded.view.transcript(after=-1)
    assert [(one["seq"], one["who"], one["text"]) for one in page["messages"]] == [
        (1, "assistant", "Hello."),
        (3, "user", "Hi."),
    ]
    assert (page["next"], page["more"]) == (3, False)


async def test_the_results_of_a_command_are_kept_in_order(recorded: Recorded) -> None:
    waiting = asyncio.create_task(recorded.view.results("c1", after=0, wait=2.0))  # type: ignore[arg-type]  # a coroutine
    await asyncio.sleep(0)
    recorded.post(CommandResult("c2", "failed"))
    recorded.post(CommandResult("c1", "applied", "queued", final=False))
    first: Any = await waiting
    assert first["results"] == [{"status": "applied", "detail": "queued", "final": False}]
    recorded.post(CommandResult("c1", "spoken"))
    second: Any = await recorded.view.results("c1", after=1, wait=0)
    assert second == {"results": [{"status": "spoken", "detail": "", "final": True}], "over": False}


async def test_a_call_without_a_journal_has_no_records_and_still_a_state(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path / "journal.db")
    view = LiveView("AJ_2", tmp_path / "missing.db", recorder=recorded.journal, clock=lambda: 0.0)
    page: Any = await view.facts(after=-1, wait=0)
    assert (page["records"], view.state()["call"]) == ([], "AJ_2")
    recorded.journal.close(10)


async def test_a_follower_gets_the_last_records_before_the_room_is_closed(recorded: Recorded) -> None:
    waiting = asyncio.create_task(recorded.view.facts(after=-1, wait=2.0))  # type: ignore[arg-type]  # a coroutine
    while recorded.view._followed_at < 0:  # noqa: ASYNC110  # there is no event for a follower that waits
        await asyncio.sleep(0)
    recorded.post(EndRequested("command"))
    await recorded.view.tell_followers()
    assert waiting.done()
    page: Any = await waiting
    assert [one["name"] for one in page["records"]] == ["EndRequested"]


async def test_a_call_that_nobody_follows_is_hung_up_at_once(recorded: Recorded) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await recorded.view.facts(after=-1, wait=0)
    await recorded.view.tell_followers()
    assert loop.time() - began < 0.09


async def test_a_follower_without_news_costs_no_reading(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = 0

    def counted(path: Path) -> Reader:
        nonlocal opened
        opened += 1
        return Reader(path)

    monkeypatch.setattr("offhook.call.view.Reader", counted)
    recorded.post(Connected("room-1", "agent-1"))
    page: Any = await recorded.view.facts(after=-1, wait=0)
    for _ in range(3):
        assert (await recorded.view.facts(after=page["next"], wait=0.01))["records"] == []
    assert opened == 1
    recorded.post(HangUpDone("room"))
    last: Any = await recorded.view.facts(after=page["next"], wait=0)
    assert ([one["name"] for one in last["records"]], opened) == (["HangUpDone"], 2)
