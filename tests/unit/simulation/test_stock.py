"""A stock agent without offhook and without keys is simulated unchanged."""

import os
import sys
from pathlib import Path

import pytest
from livekit import api, rtc
from livekit.agents import Agent, AgentServer, AgentSession
from livekit.agents import job as livekit_job

from offhook.core.errors import OffhookError, PlanError
from offhook.journal.writer import Journal
from offhook.testing import Reply, ScriptedCaller, simulate
from offhook.testing.simulation.job import PRIVATE, private

STOCK = Path(__file__).parent / "agents" / "stock.py"
REPLIES = {
    "table for two": Reply("One moment.", "book_table", {"people": "two"}),
    "goodbye": Reply("Goodbye!", "end_call"),
    "user:.*(open|close)": "We are open {always}.",
}


async def books(call: ScriptedCaller) -> None:
    await call.hears("help")
    await call.says("a table for two please")
    await call.hears("is booked")
    await call.hears("still there", timeout=11)
    await call.says("when do you close")
    await call.hears("{always}")
    await call.says("goodbye")
    await call.ended()


@pytest.mark.slow
def test_its_tools_its_away_handler_and_its_end_run() -> None:
    call = simulate(STOCK, books, replies=REPLIES)
    assert call.tools == ["book_table", "end_call"]
    assert call.said == [
        "Hello. How can I help you?",
        "One moment.",
        "A table for two is booked.",
        "Are you still there?",
        "We are open {always}.",
        "Goodbye!",
    ]
    assert (call.reason, call.detail) == ("agent_ended", "the caller said goodbye")
    assert call.silences.longest == pytest.approx(10, abs=0.05)
    assert "book_table done" in call.timeline


def test_a_caller_who_hangs_up_ends_it_when_the_room_is_empty_for_long() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("help")
        await call.hangs_up()

    call = simulate(STOCK, caller)
    assert (call.reason, call.detail) == ("caller_hung_up", "client_initiated")
    (ended,) = call.at("Ended")
    assert ended - call.seconds == pytest.approx(20, abs=0.01)  # livekit-server keeps a room with only agents for 20 s


@pytest.mark.slow
def test_the_same_call_is_the_same_each_time() -> None:
    assert len({simulate(STOCK, books, replies=REPLIES).timeline for _ in range(3)}) == 1


def test_nothing_stays_replaced() -> None:
    def outside() -> list[object]:
        classes = [rtc.AudioSource, rtc.AudioStream, rtc.LocalAudioTrack, api.LiveKitAPI, Journal.open.__func__]
        python = [dict(os.environ), list(sys.path), sys.modules.get("stock")]
        return [*classes, *python, AgentSession.start, AgentSession.__init__, Agent.__init__]

    before = outside()
    simulate(STOCK)
    with pytest.raises(ZeroDivisionError):
        simulate(STOCK, lambda _: 1 / 0)
    assert outside() == before


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"models": "real"}, "models='real' is unknown; use fakes, offline, own"),
        ({"stt": "deaf"}, "stt='deaf' is unknown; use 'told' or 'real'"),
        ({"replies": {"user:(": "x"}}, "is not a regular expression"),
        ({"replies": {"hello": 3}}, "is of type int"),
    ],
)
def test_wrong_options_are_told(options: dict[str, object], text: str) -> None:
    with pytest.raises(OffhookError, match=text.replace("(", r"\(")):
        simulate(STOCK, **options)  # type: ignore[arg-type]  # invalid on purpose


def test_a_file_without_a_server_is_told(tmp_path: Path) -> None:
    empty = tmp_path / "empty.py"
    empty.write_text("")
    with pytest.raises(PlanError, match=r"empty\.py has no `server`"):
        simulate(empty)
    with pytest.raises(PlanError, match=r"there is no agent file .*missing\.py"):
        simulate(tmp_path / "missing.py")


def test_livekit_still_has_the_private_names_that_a_job_needs() -> None:
    server = AgentServer()
    assert all(private(server, name) is None for name in PRIVATE["server"])
    assert all(private(livekit_job, name) for name in PRIVATE["job"])
    assert callable(livekit_job.JobContext.__dict__["_on_cleanup"])
    with pytest.raises(OffhookError, match="has no _gone;"):
        private(server, "_gone")
