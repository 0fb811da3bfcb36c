"""`offhook drill` prints its cases and their failures."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from offhook.cli.drill import _summary, _wrong
from offhook.cli.main import _app
from offhook.testing.drill import Case, Verdict
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


def test_programs_get_one_object_a_fault() -> None:
    answer = command("--json", "--ours", "--fault", "openai.slow_4")
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


def test_who_waits_too_long_or_is_left_alone_is_wrong() -> None:
    slow = replace(WELL, silence=5.1)
    cases = [Case("a", WELL, ALONE), Case("b", slow, None), Case("c", replace(WELL, ended="left alone"), None)]
    assert _wrong(cases) == ["b", "c"]


def test_a_call_in_which_the_fault_did_not_strike_is_wrong_too() -> None:
    cases = [Case("a", replace(WELL, missed="the fault did not strike"), None, "tool")]
    assert _wrong(cases) == ["a with tool"]


def test_the_sum_tells_both() -> None:
    ours, stock = _summary([Case("openai.hangs", WELL, ALONE)]).splitlines()
    most = "of silence after the caller spoke"
    assert ours == f"with offhook: 1 calls, at most 2.6 s {most}, 0 left alone, 3 of 3 questions answered"
    assert stock == f"LiveKit alone: 1 calls, at most 20.1 s {most}, 1 left alone, 1 of 3 questions answered"
