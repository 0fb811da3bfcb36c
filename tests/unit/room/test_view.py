"""What a query sees of a call fits into one answer of LiveKit, and costs nothing when there is no news."""

import asyncio
import json
from pathlib import Path

import pytest
from tests.unit.room.hostile import CALL, SECRET
from tests.unit.room.receiving import receiving

from offhook.call.view import LiveView
from offhook.core.facts import MessageCommitted
from offhook.testing import virtual
from offhook.testing.simulation.memory_journal import InMemoryJournal
from offhook.tokens import sign_command

LONG = "\U0001f600" * 10_000
LIMIT = 15 * 1024


async def test_long_lines_of_the_transcript_are_cut_so_that_the_answer_arrives(tmp_path: Path) -> None:
    async with receiving(tmp_path) as call:
        for text in (LONG, "x" * 40_000, "Short."):
            call.inbox.post(MessageCommitted("user", text))
        receiver, after, seen = call.receiver(), -1, list[str]()
        while True:
            verb = {"name": "transcript", "after": after}
            token = sign_command(api_secret=SECRET, call=CALL, by="ops", verb=verb)
            answer = await receiver.take(token)
            assert len(json.dumps(answer, ensure_ascii=False).encode()) <= LIMIT
            page = answer["data"]
            assert isinstance(page, dict)
            seen += [line["text"] for line in page["messages"]]
            if not page["more"]:
                break
            after = page["next"]
    assert [LONG.startswith(seen[0][:-1]), ("x" * 40_000).startswith(seen[1][:-1]), seen[2]] == [True, True, "Short."]
    assert all(len(text) > 1_000 and text.endswith("…") for text in seen[:2])


def test_a_follower_without_news_is_answered_when_its_time_is_over() -> None:
    async def took() -> float:
        loop = asyncio.get_running_loop()
        view = LiveView(CALL, Path("/nowhere"), recorder=InMemoryJournal(lambda _: None), clock=loop.time)
        began = loop.time()
        await view.facts(after=-1, wait=2.4)
        return loop.time() - began

    assert virtual.run(took()) == pytest.approx(2.4)


class Slow(InMemoryJournal):
    """A recorder on a slow disk."""

    async def flushed(self, timeout: float = 2.0) -> bool:  # noqa: ASYNC109  # Journal's signature
        await asyncio.sleep(0.2)
        return True


def test_a_fact_that_is_written_while_a_follower_reads_is_not_late() -> None:
    async def took() -> float:
        loop = asyncio.get_running_loop()
        view = LiveView(CALL, Path("/nowhere"), recorder=Slow(lambda _: None), clock=loop.time)
        loop.call_later(0.1, view.notice, MessageCommitted("user", "Hello."))
        began = loop.time()
        await view.facts(after=-1, wait=2.4)
        return loop.time() - began

    assert virtual.run(took()) < 1
