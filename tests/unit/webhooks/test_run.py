"""Sending beside a worker: it starts, survives a broken journal, stops, and is done by one worker only."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from offhook.journal.outbox import Outbox
from offhook.settings import Settings
from offhook.webhooks.lock import ReceiverLock
from offhook.webhooks.run import sending

from .receiving import SECRET, Received, receiving, whole_call


@pytest.fixture
async def received() -> AsyncIterator[Received]:
    async with receiving() as one:
        yield one


def _settings(path: Path, received: Received) -> Settings:
    return Settings(journal=path, webhooks=f"{received.url} {SECRET} call.ended", webhooks_private=True)


async def test_the_last_messages_are_sent_when_the_worker_stops(tmp_path: Path, received: Received) -> None:
    settings = _settings(tmp_path / "journal.db", received)
    async with sending(settings):
        whole_call(settings.journal, tuple(settings.webhook_receivers), "AJ_1", at=1000.0)
    assert received.told == [("AJ_1", "call.ended")]


async def test_without_receivers_there_is_no_file_and_no_task(tmp_path: Path) -> None:
    async with sending(Settings(journal=tmp_path / "journal.db")):
        pass
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240  # an empty folder


async def test_only_one_worker_sends(tmp_path: Path, received: Received) -> None:
    settings = _settings(tmp_path / "journal.db", received)
    (receiver,) = settings.webhook_receivers
    with ReceiverLock(settings.journal, receiver) as other:
        assert other.take()
        assert other.take()
        async with sending(settings):
            whole_call(settings.journal, (receiver,), "AJ_1", at=1000.0)
        assert received.told == []
    async with sending(settings):
        pass
    assert received.told == [("AJ_1", "call.ended")]


async def test_a_journal_that_cannot_be_opened_stops_nothing_and_is_told_once(
    tmp_path: Path, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "journal.db").write_text("my notes, and no database " * 100)
    async with sending(_settings(tmp_path / "journal.db", received)):
        pass
    errors = [one.message for one in caplog.records if one.levelno == logging.ERROR]
    assert errors == ["webhooks wait: the outbox cannot be used"]


async def test_a_receiver_that_was_removed_keeps_its_messages_for_a_week(tmp_path: Path, received: Received) -> None:
    settings = _settings(tmp_path / "journal.db", received)
    async with receiving() as removed:
        whole_call(settings.journal, (removed.receiver("call.ended"),), "AJ_new", at=time.time())
        whole_call(settings.journal, (removed.receiver("call.ended"),), "AJ_old", at=1000.0)
    whole_call(settings.journal, tuple(settings.webhook_receivers), "AJ_1", at=1000.0)
    async with sending(settings):
        pass
    with closing(Outbox(settings.journal)) as outbox:
        assert {one.call: one.state for one in outbox.deliveries(None, 10)} == {
            "AJ_new": "pending",
            "AJ_old": "dead",
            "AJ_1": "delivered",
        }
