"""`offhook webhooks`: the outbox is listed without secrets, and dead messages are sent again."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.webhooks.receiving import SECRET, receiving, whole_call
from typer.testing import CliRunner

from offhook.cli.main import _app
from offhook.core.errors import OffhookError
from offhook.core.webhooks import Receiver
from offhook.journal.outbox import Outbox, Result
from offhook.settings import load_settings

RUNNER = CliRunner()


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "journal.db"
    monkeypatch.setenv("OFFHOOK_JOURNAL", str(path))
    monkeypatch.setenv("OFFHOOK_WEBHOOKS_PRIVATE", "1")
    monkeypatch.setenv("OFFHOOK_WEBHOOKS", f"http://127.0.0.1:9/hook?token=hush {SECRET} call.ended")
    return path


def _receiver() -> Receiver:
    (receiver,) = load_settings().webhook_receivers
    return receiver


def _dead(path: Path) -> str:
    whole_call(path, (_receiver(),), "AJ_1", at=1000.0)
    with closing(Outbox(path)) as outbox:
        (one,) = outbox.due(_receiver().name, 2000.0, 10)
        outbox.record([Result(one, "dead", 2000.0, "the answer is 500")])
    return one.id


def _run(*arguments: str) -> str:
    done = RUNNER.invoke(_app(), ["webhooks", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_the_list_has_receivers_messages_and_no_secret(journal: Path) -> None:
    _dead(journal)
    text = _run("list")
    assert "127.0.0.1-" in text
    assert "call.ended" in text
    assert "dead, 1 attempt: the answer is 500" in text
    assert "0 pending, 0 delivered, 1 dead" in text
    assert not [one for one in ("hush", SECRET) if one in text]


def test_the_list_is_filtered_and_has_json(journal: Path) -> None:
    message = _dead(journal)
    assert [one["id"] for one in json.loads(_run("list", "--state", "dead", "--json"))] == [message]
    assert json.loads(_run("list", "--state", "pending", "--json")) == []


def test_a_dead_message_is_sent_again(journal: Path) -> None:
    message = _dead(journal)
    assert _run("retry", message).startswith("1 message due now")
    assert _run("retry").startswith("0 messages due now")
    with closing(Outbox(journal)) as outbox:
        assert outbox.counts() == {"pending": 1}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["list", "--state", "lost"], "--state 'lost' is not a state"),
        (["retry", "msg_none"], "the outbox has no message with these ids"),
        (["list", "--journal", "none.db"], "there is no journal at none.db yet"),
        (["send-test", "example.org"], "no receiver starts with 'example.org'; the receivers are 127.0.0.1-"),
    ],
)
def test_a_wrong_argument_is_told(journal: Path, arguments: list[str], says: str) -> None:
    _dead(journal)
    with pytest.raises(OffhookError, match=f"^{says}"):
        RUNNER.invoke(_app(), ["webhooks", *arguments], catch_exceptions=False)


def test_without_receivers_the_list_says_what_to_set(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _dead(journal)
    monkeypatch.delenv("OFFHOOK_WEBHOOKS")
    assert "no receivers: set OFFHOOK_WEBHOOKS" in _run("list")
    with pytest.raises(OffhookError, match="there is no receiver"):
        RUNNER.invoke(_app(), ["webhooks", "send-test"], catch_exceptions=False)


def test_the_answer_of_a_test_message_is_shown(journal: Path) -> None:
    done = RUNNER.invoke(_app(), ["webhooks", "send-test"])
    assert done.exit_code == 1
    assert "127.0.0.1-" in done.output
    assert "hush" not in done.output


async def test_a_receiver_that_works_accepts_the_test_message(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    async with receiving() as received:
        monkeypatch.setenv("OFFHOOK_WEBHOOKS", f"{received.url} {SECRET}")
        assert "accepted" in await asyncio.to_thread(_run, "send-test")
    assert [body["type"] for body in received.bodies] == ["webhook.test"]


def test_a_new_secret_is_a_secret_and_new(journal: Path) -> None:
    first, second = _run("new-secret").strip(), _run("new-secret").strip()
    assert first != second
    assert first.startswith("whsec_")
