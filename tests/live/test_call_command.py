"""`offhook call` to agents on a real server: what it prints, its exit code, and the reason if a call fails."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.live.in_process import run_offhook

from offhook.dev.server import LocalServer

pytestmark = pytest.mark.live

RAISES = """
from livekit.agents import AgentServer, JobContext

server = AgentServer()


@server.rtc_session(agent_name="lost")
async def entrypoint(ctx: JobContext) -> None:
    await ctx.connect()
    raise LookupError("no such tenant")
"""
EXPECTS = """
title = "A caller asks, and hangs up"
steps = [
  { hears = "Hello" },
  { types = "who are you" },
  { hears = "" },
  { presses = "1" },
  { makes = "clicks", seconds = 0.3 },
  { says = "what are your opening hours" },
  { interrupts = "thank you goodbye" },
  { silent = 0.5 },
  { hangs_up = true },
]

[expect]
reason = "caller_hung_up"
said = ["Hello"]
not_said = ["Hello"]
"""


@pytest.fixture
def calling(tmp_path: Path) -> Iterator[Callable[..., tuple[int, str]]]:
    """Runs `offhook call` in a folder of its own; returns the exit code and the output."""

    def run(*options: str, **environ: str) -> tuple[int, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
        done = run_offhook("call", *options, folder=tmp_path, environ={**plain, **environ})
        assert "Traceback" not in done.err, done.err
        return done.code, done.out + done.err

    handled = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield run
    for number, handler in handled.items():
        signal.signal(number, handler)


def test_a_call_whose_journal_is_elsewhere_is_drawn_from_what_the_caller_hears_and_reads(
    calling: Any, stage: Any
) -> None:
    code, shown = calling("--agent", "stage", "--say", "what are your opening hours", **stage.server.variables())
    assert code == 0, shown
    assert "no journal of this call here; this is what the caller hears and reads" in shown
    rows = [line.split(maxsplit=2)[1:] for line in shown.splitlines() if line[:1] == " "]
    assert ["agent", '"Hello."'] in rows
    assert ["caller", "says 'what are your opening hours'"] in rows
    assert ["caller", "hangs up"] in rows


def test_a_scenario_is_played_and_its_expectations_are_compared_with_the_journal(
    calling: Any, stage: Any, tmp_path: Path
) -> None:
    around = {**stage.server.variables(), "OFFHOOK_JOURNAL": str(stage.journal)}
    (tmp_path / "asks.toml").write_text(EXPECTS)
    code, shown = calling("--agent", "stage", "--scenario", "asks.toml", **around)
    assert all(words in shown for words in ("“Hello.”", "“who are you”", "pressed 1")), shown
    assert (code, shown.splitlines()[-1]) == (1, "offhook: the agent said 'Hello'")  # the only wrong one of three


def test_a_plan_that_raises_is_the_reason_of_the_failed_call(calling: Any, stage: Any) -> None:
    around = {**stage.server.variables(), "OFFHOOK_JOURNAL": str(stage.journal)}
    code, shown = calling("--agent", "stage", "--metadata", '{"trouble": "raises"}', **around)
    assert code == 1, shown
    assert "LookupError: no such tenant" in shown.splitlines()[-1]


def test_a_file_that_is_started_for_the_call_and_raises_is_told_in_one_line(
    calling: Any, livekit_binary: Path, tmp_path: Path
) -> None:
    (tmp_path / "agent.py").write_text(RAISES)
    code, shown = calling(OFFHOOK_LIVEKIT_SERVER=str(livekit_binary))
    assert code == 1, shown
    assert "dispatching 'lost'" in shown
    assert shown.splitlines()[-1].endswith("the worker says: LookupError: no such tenant")


def test_a_call_that_nobody_takes_says_what_to_look_for(calling: Any, livekit: LocalServer) -> None:
    code, shown = calling("--agent", "nobody", **livekit.variables())
    assert code == 1, shown
    told = shown.splitlines()[-1]
    assert told.startswith("offhook: nobody took the call within 15 s; is a worker running for " + livekit.url)
    assert told.endswith("with exactly this agent_name: 'nobody'?")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            (),
            "offhook: LIVEKIT_URL is set without LIVEKIT_API_KEY and LIVEKIT_API_SECRET; set both, or",
        ),
        (
            ("--say", "x", "--scenario", "silence"),
            "offhook: --say and --scenario are two scripts; leave one of them out",
        ),
        (("--scenario", "silenc"), "did you mean silence?"),
    ],
)
def test_settings_that_cannot_work_are_told_before_any_call(calling: Any, options: tuple[str, ...], says: str) -> None:
    code, shown = calling(*options, LIVEKIT_URL="ws://127.0.0.1:9")
    assert (code, shown.count("\n"), says in shown) == (2, 1, True), shown
