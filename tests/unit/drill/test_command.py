"""`offhook drill` prints its cases and their failures."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from offhook.cli.drill import _wrong
from offhook.cli.drill_table import header, summary
from offhook.cli.main import _app
from offhook.cli.progress import Progress
from offhook.testing.drill import Case, Verdict, rehearse
from offhook.testing.drill.healthy import _reason
from offhook.testing.faults import table

pytestmark = pytest.mark.slow

AGENT = str(Path(__file__).parents[3] / "agents" / "agent.py")
WELL = Verdict(silence=2.6, answered=3, ended="caller", heard=("One moment, please.",), repeated=0, unreported=0.0)
ALONE = Verdict(silence=20.1, answered=1, ended="left alone", heard=(), repeated=0, unreported=0.0)


def command(*arguments: str) -> Any:
    return CliRunner().invoke(_app(), ["drill", AGENT, *arguments])


def test_it_lists_the_faults() -> None:
    answer = command("--fault", "list")
    assert (answer.exit_code, answer.output.split()) == (0, [fault.name for fault in table()])


def test_a_misspelt_fault_is_told_before_any_call() -> None:
    answer = command("--fault", "openai.hang")
    assert "did you mean openai.hangs?" in f"{answer.output}{answer.exception}"
    assert answer.exit_code != 0


def test_programs_get_one_object_a_fault_and_variables_of_options_and_env_files_reach_the_calls(
    tmp_path: Path,
) -> None:
    agent = tmp_path / "agent.py"
    (tmp_path / ".env").write_text("DESK_OF_DRILL=north\n")
    asserts = "import os\nassert (os.environ['DESK_OF_DRILL'], os.environ['SIZE']) == ('north', '3')\n"
    agent.write_text(asserts + Path(AGENT).read_text())
    arguments = ["drill", str(agent), "--json", "--ours", "--fault", "openai.slow_4", "--env", "SIZE=3"]
    answer = CliRunner().invoke(_app(), arguments)
    (told,) = [json.loads(line) for line in answer.output.splitlines()]
    assert (told["fault"], told["stock"], answer.exit_code) == ("openai.slow_4", None, 0)
    assert told["ours"]["silence"] <= 5
    assert "One moment, please." in told["ours"]["heard"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--with", "sond"], "did you mean sound?"),
        ([AGENT, "--with", "tool"], "agent that comes with offhook"),
        (["--with", "sound"], "there is no agent file"),
        ([], "there is no agent file"),
    ],
)
def test_what_cannot_be_crossed_is_told_before_any_call(arguments: list[str], told: str) -> None:
    answer = CliRunner().invoke(_app(), ["drill", *arguments])
    assert told in f"{answer.output}{answer.exception}"
    assert answer.exit_code != 0


STOCK = """from livekit.agents import Agent, AgentServer, AgentSession, JobContext

server = AgentServer()


@server.rtc_session()
async def answer(ctx: JobContext) -> None:
    {line}
"""


def test_an_agent_that_cannot_hold_a_call_without_a_fault_fails_with_its_line(tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    agent.write_text(STOCK.format(line="raise RuntimeError('DATABASE_URL is not set')"))
    answer = CliRunner().invoke(_app(), ["drill", str(agent), "--fault", "openai.hangs"])
    assert str(answer.exception) == (
        f"{agent} cannot complete a call without a fault, so no fault was played:\n"
        f"{agent}:8: RuntimeError: DATABASE_URL is not set (the entrypoint failed)"
    )
    assert answer.exit_code != 0
    assert "silence" not in answer.output


def test_an_agent_that_gives_no_answers_fails_with_what_happened(tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    agent.write_text(STOCK.format(line="await ctx.connect()"))
    assert _reason(rehearse(agent, None)).startswith("0 of 3 questions were answered, and the call ended: ")


@pytest.mark.parametrize(("count", "text"), [(1, "1 fault, about 2 s"), (69, "69 faults, about 2 min")])
def test_it_says_how_long_it_takes(count: int, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Progress("fault", ["openai.hangs"] * count, seconds=2).begin(0)
    assert capsys.readouterr().err == f"{text}\n"


def test_a_terminal_sees_how_far_it_is(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = Progress("fault", ["openai.hangs", "cartesia.hangs"], seconds=2)
    progress.begin(0)
    progress.clear()
    assert capsys.readouterr().err.endswith("\r\x1b[K[1/2] openai.hangs, about 4 s left\r\x1b[K")
    progress.begin(1)
    assert "[2/2] cartesia.hangs, about 1 s left" in capsys.readouterr().err


def test_who_waits_too_long_or_is_left_alone_is_wrong() -> None:
    slow = replace(WELL, silence=5.1)
    cases = [Case("a", WELL, ALONE), Case("b", slow, None), Case("c", replace(WELL, ended="left alone"), None)]
    assert _wrong(cases) == ["b", "c"]


def test_a_call_in_which_the_fault_did_not_strike_is_wrong_too() -> None:
    cases = [Case("a", replace(WELL, missed="the fault did not act"), None, "tool")]
    assert _wrong(cases) == ["a with tool"]


def test_the_sum_tells_both() -> None:
    ours, stock = summary([Case("openai.hangs", WELL, ALONE)]).splitlines()
    most = "of silence after the caller spoke"
    assert ours == f"with offhook: 1 calls, at most 2.6 s {most}, 0 left alone, 3 of 3 questions answered"
    assert stock == f"LiveKit alone: 1 calls, at most 20.1 s {most}, 1 left alone, 1 of 3 questions answered"


def test_the_heads_of_the_columns_say_what_is_driven() -> None:
    heads, columns = header(["with offhook", "LiveKit alone"]).splitlines()
    assert columns.split() == ["fault", *2 * ["silence", "answers", "end"]]
    assert heads.index("with offhook") < columns.index("silence") < heads.index("LiveKit alone")
