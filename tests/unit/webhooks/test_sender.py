"""The sender: nothing is lost, order is kept for each call, and no receiver delays another one."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from aiohttp import web

from offhook.core.facts import CallAnalysed, CallerFound, Connected, Ended, MessageCommitted
from offhook.core.webhooks import Receiver
from offhook.journal.outbox import Outbox
from offhook.journal.schema import open_journal
from offhook.journal.store import Store
from offhook.redaction.redactor import Redactor
from offhook.webhooks import payload
from offhook.webhooks.health import AT_ONCE, PROBE
from offhook.webhooks.schedule import DELAYS
from offhook.webhooks.sender import Sender

from .receiving import Clock, Received, receiving, record, whole_call

ORDER = ["call.started", "call.ended", "call.transcript"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def received() -> AsyncIterator[Received]:
    async with receiving() as one:
        yield one


@asynccontextmanager
async def _sender(path: Path, clock: Clock, *receivers: Receiver) -> AsyncIterator[Sender]:
    sender = Sender(path, receivers, Redactor(), private=True, clock=clock, jitter=lambda: 0.0)
    try:
        yield sender
    finally:
        await sender.close()


def _counts(path: Path) -> dict[str, int]:
    with closing(Outbox(path)) as outbox:
        return outbox.counts()


async def test_a_call_is_told_in_order(path: Path, clock: Clock, received: Received) -> None:
    receiver = received.receiver()
    for call in ("AJ_1", "AJ_2"):
        whole_call(path, (receiver,), call, at=clock.now)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        assert await sender.deliver(receiver) == 6
        assert await sender.deliver(receiver) == 0
    for call in ("AJ_1", "AJ_2"):
        assert [event for told, event in received.told if told == call] == ORDER
    assert _counts(path) == {"delivered": 6}


@pytest.mark.slow
async def test_a_receiver_that_is_down_gets_everything_later_in_order(
    path: Path, clock: Clock, received: Received
) -> None:
    receiver = received.receiver()
    for number in range(20):
        whole_call(path, (receiver,), f"AJ_{number}", at=clock.now)
    clock.now += 60
    received.status = 500
    async with _sender(path, clock, receiver) as sender:
        assert await sender.deliver(receiver) == 0
        assert {event for _, event in received.told} == {"call.started"}
        received.requests.clear()
        received.status = 200
        assert await sender.deliver(receiver) == 0  # nothing is due
        clock.now += PROBE
        assert await sender.deliver(receiver) == 60
    for number in range(20):
        assert [event for call, event in received.told if call == f"AJ_{number}"] == ORDER


async def test_each_attempt_has_the_same_id_and_a_new_time(path: Path, clock: Clock, received: Received) -> None:
    receiver = received.receiver("call.ended")
    whole_call(path, (receiver,), "AJ_1", at=clock.now)
    clock.now += 60
    received.status = 500
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
        clock.now += DELAYS[0]
        await sender.deliver(receiver)
    (first, one), (second, other) = received.requests
    assert (first["webhook-id"], one) == (second["webhook-id"], other)
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == DELAYS[0]


async def test_after_three_days_a_message_is_dead_and_the_next_one_of_the_call_is_sent(
    path: Path, clock: Clock, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = received.receiver("call.started", "call.ended")
    whole_call(path, (receiver,), "AJ_1", at=clock.now)
    clock.now += 60
    received.status = 500
    async with _sender(path, clock, receiver) as sender:
        for delay in (*DELAYS, 0.0):
            assert await sender.deliver(receiver) == 0
            clock.now += delay
        assert _counts(path) == {"dead": 1, "pending": 1}
        received.status = 200
        clock.now += PROBE
        assert await sender.deliver(receiver) == 1
        with closing(Outbox(path)) as outbox:
            assert outbox.retry(clock.now) == 1
        assert await sender.deliver(receiver) == 1
    errors = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert [one.message for one in errors] == ["a webhook was given up; send it again with: offhook webhooks retry"]
    assert "hush" not in str([vars(one) for one in caplog.records])


async def test_a_receiver_that_is_gone_gets_no_second_attempt(path: Path, clock: Clock, received: Received) -> None:
    receiver = received.receiver("call.ended")
    whole_call(path, (receiver,), "AJ_1", at=clock.now)
    clock.now += 60
    received.status = 410
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
    assert _counts(path) == {"dead": 1}


async def test_a_slow_receiver_delays_no_other_one(path: Path, clock: Clock, received: Received) -> None:
    released = asyncio.Event()

    async def slow(_: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response()

    async with receiving() as other:
        other.handler = slow
        receivers = (received.receiver(), other.receiver())
        whole_call(path, receivers, "AJ_1", at=clock.now)
        clock.now += 60
        async with _sender(path, clock, *receivers) as sender:
            waiting = asyncio.create_task(sender.deliver(receivers[1]))
            await other.arrived.wait()
            assert await sender.deliver(receivers[0]) == 3
            assert not waiting.done()
            released.set()
            assert await waiting == 3


@pytest.mark.slow
async def test_a_receiver_that_is_down_gets_one_request_in_a_minute(
    path: Path, clock: Clock, received: Received
) -> None:
    receiver = received.receiver("call.ended")
    for number in range(60):
        whole_call(path, (receiver,), f"AJ_{number}", at=clock.now)
    clock.now += 60
    received.status = 503
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
        assert len(received.requests) == 3 * AT_ONCE
        for _ in range(60):
            await sender.deliver(receiver)
            clock.now += PROBE / 2
        assert len(received.requests) == 3 * AT_ONCE + 29
        received.status = 200
        clock.now += PROBE
        assert await sender.deliver(receiver) == 60


async def test_when_a_receiver_is_back_no_message_waits_for_its_next_attempt(
    path: Path, clock: Clock, received: Received
) -> None:
    receiver = received.receiver("call.ended")
    whole_call(path, (receiver,), "AJ_0", at=clock.now)
    clock.now += 60
    received.status = 503
    async with _sender(path, clock, receiver) as sender:
        for delay in (DELAYS[0], DELAYS[1], PROBE):
            await sender.deliver(receiver)
            clock.now += delay
        received.status = 200
        assert await sender.deliver(receiver) == 0  # the next attempt is due in half an hour
        whole_call(path, (receiver,), "AJ_1", at=clock.now - 60)
        assert await sender.deliver(receiver) == 2


async def test_an_outage_is_logged_once_and_again_after_the_recovery(
    path: Path, clock: Clock, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = received.receiver("call.ended")
    for number in range(20):
        whole_call(path, (receiver,), f"AJ_{number}", at=clock.now)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        for status in (500, 200, 500):
            received.status = status
            whole_call(path, (receiver,), f"AJ_{status}_{clock.now}", at=clock.now - 60)
            await sender.deliver(receiver)
            clock.now += PROBE
    assert caplog.messages == ["a webhook was not accepted; it is sent again later"] * 2


async def test_a_message_that_is_refused_delays_no_other_call(path: Path, clock: Clock, received: Received) -> None:
    async def picky(request: web.Request) -> web.StreamResponse:
        return web.Response(status=400 if "AJ_bad" in await request.text() else 200)

    received.handler = picky
    receiver = received.receiver("call.ended")
    async with _sender(path, clock, receiver) as sender:
        whole_call(path, (receiver,), "AJ_bad", at=clock.now)
        for number in range(5):
            clock.now += DELAYS[number]
            assert await sender.deliver(receiver) == 0
        whole_call(path, (receiver,), "AJ_1", at=clock.now - 60)
        assert await sender.deliver(receiver) == 1


async def test_a_sender_that_stops_during_a_request_sends_again(path: Path, clock: Clock, received: Received) -> None:
    receiver = received.receiver("call.ended")
    whole_call(path, (receiver,), "AJ_1", at=clock.now)
    clock.now += 60

    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    received.handler = never
    async with _sender(path, clock, receiver) as sender:
        sending = asyncio.create_task(sender.deliver(receiver))
        await received.arrived.wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    received.handler = None
    async with _sender(path, clock, receiver) as sender:
        assert await sender.deliver(receiver) == 1
    assert [headers["webhook-id"] for headers, _ in received.requests] == [received.requests[0][0]["webhook-id"]] * 2


async def test_a_transcript_with_a_damaged_row_is_sent_as_truncated(
    path: Path, clock: Clock, received: Received
) -> None:
    receiver = received.receiver("call.transcript")
    whole_call(path, (receiver,), "AJ_1", at=clock.now)
    with closing(open_journal(path)) as connection:
        connection.execute("UPDATE records SET body = '{' WHERE name = 'MessageCommitted'")
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
    assert (received.bodies[0]["data"]["lines"], received.bodies[0]["data"]["truncated"]) == ([], True)


async def test_a_damaged_record_is_a_failure_of_its_call_only(
    path: Path, clock: Clock, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = received.receiver("call.transcript")
    for call in ("AJ_1", "AJ_2"):
        whole_call(path, (receiver,), call, at=clock.now)
    with closing(open_journal(path)) as connection:
        connection.execute("UPDATE records SET body = '{}' WHERE call = 'AJ_1' AND name = 'MessageCommitted'")
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        assert await sender.deliver(receiver) == 1
    assert received.told == [("AJ_2", "call.transcript")]
    assert _counts(path) == {"dead": 1, "delivered": 1}
    assert "a webhook cannot be made from the journal" in caplog.messages


async def test_a_journal_that_was_moved_is_opened_again(path: Path, clock: Clock, received: Received) -> None:
    receiver = received.receiver("call.ended")
    whole_call(path, (receiver,), "AJ_1", at=clock.now)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        assert await sender.deliver(receiver) == 1
        for file in path.parent.glob("journal.db*"):
            file.rename(file.with_name(f"old-{file.name}"))
        whole_call(path, (receiver,), "AJ_2", at=clock.now)
        clock.now += 60
        assert await sender.deliver(receiver) == 1


async def test_the_bodies_say_what_happened(path: Path, clock: Clock, received: Received) -> None:
    receiver = received.receiver("caller-number")
    whole_call(path, (receiver,), "AJ_1", said="my card is 4111 1111 1111 1111", at=clock.now)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
    started, ended, told = received.bodies
    about = {
        "call": "AJ_1",
        "room": "lobby",
        "agent": "agent-1",
        "caller": {"identity": "sip_+14155552671", "name": "Ada", "number": "+14155552671", "phone": True},
    }
    assert started == {"type": "call.started", "timestamp": "2025-11-29T18:13:21.000Z", "data": about}
    end = {
        "started_at": "2025-11-29T18:13:20.000Z",
        "ended_at": "2025-11-29T18:13:23.000Z",
        "seconds": 3.0,
        "reason": "caller_hung_up",
        "detail": "",
    }
    assert ended["data"] == {**about, **end}
    line = {"elapsed": 2.0, "who": "caller", "text": "my card is [card]", "interrupted": False, "kind": "said"}
    assert told["data"] == {**about, **end, "lines": [line], "truncated": False}


async def test_the_callers_number_is_masked_unless_the_receiver_asks_for_it(
    path: Path, clock: Clock, received: Received
) -> None:
    receiver = received.receiver("call.started")
    whole_call(path, (receiver,), "AJ_1", at=clock.now)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
    assert received.bodies[0]["data"]["caller"] == {
        "identity": "sip_[phone]",
        "name": "Ada",
        "number": "[phone]",
        "phone": True,
    }


async def test_a_failed_call_without_a_caller_is_told(path: Path, clock: Clock, received: Received) -> None:
    receiver = received.receiver()
    record(path, (receiver,), "AJ_1", Connected("lobby", "agent-1"), Ended("error", detail="died"), at=clock.now)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
    assert [event for _, event in received.told] == ["call.failed", "call.ended", "call.transcript"]
    assert received.bodies[0]["data"]["caller"] is None
    assert received.bodies[0]["data"]["detail"] == "died"


async def test_each_outcome_is_sent_redacted_but_no_failed_analysis(
    path: Path, clock: Clock, received: Received
) -> None:
    receiver = received.receiver("call.analysed")
    facts = (
        CallAnalysed("Call +1 510 555 0100 back.", "sale", {"to": ["ada@example.com"], "people": 2}, by="outcome"),
        CallAnalysed(error="given up", by="outcome"),
        Ended("agent_ended"),
        CallAnalysed("again", by="outcome"),
    )
    record(path, (receiver,), "AJ_1", *facts, at=clock.now)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
        await sender.deliver(receiver)
    first, second = (body["data"] for body in received.bodies)
    assert (first["disposition"], first["fields"]) == ("sale", {"to": ["[email]"], "people": 2})
    assert "555" not in first["summary"]
    assert (second["summary"], second["fields"]) == ("again", {})


async def test_words_that_were_forgotten_before_the_sending_are_not_sent(
    path: Path, clock: Clock, received: Received
) -> None:
    receiver = received.receiver("call.transcript")
    whole_call(path, (receiver,), "AJ_1", said="my secret plan", at=clock.now)
    with closing(Store(path)) as store:
        store.redact("AJ_1", 3)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
    assert [line["text"] for line in received.bodies[0]["data"]["lines"]] == ["[forgotten]"]


async def test_a_very_long_transcript_is_cut(
    path: Path, clock: Clock, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payload, "MOST", 25)
    receiver = received.receiver("call.transcript")
    said = [MessageCommitted("user", "ten letters") for _ in range(5)]
    record(path, (receiver,), "AJ_1", CallerFound("ada", phone=False, active=True), *said, Ended("limit"), at=clock.now)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        await sender.deliver(receiver)
    (body,) = received.bodies
    assert (len(body["data"]["lines"]), body["data"]["truncated"]) == (2, True)


async def test_text_that_is_no_unicode_is_sent(path: Path, clock: Clock, received: Received) -> None:
    receiver = received.receiver("call.transcript")
    whole_call(path, (receiver,), "AJ_1", said="half \ud83d emoji", at=clock.now)
    clock.now += 60
    async with _sender(path, clock, receiver) as sender:
        assert await sender.deliver(receiver) == 1


def test_the_outbox_has_no_words(path: Path, clock: Clock) -> None:
    receiver = Received(port=1).receiver()
    whole_call(path, (receiver,), "AJ_1", said="a very private sentence", at=clock.now)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT * FROM outbox").fetchall()
    assert rows
    assert not [one for one in ("private", "hush", "whsec") if one in str(rows)]
