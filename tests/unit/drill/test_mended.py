"""Faults that offhook mends: the caller gets all their answers, although a provider does not do its work."""

from functools import cache
from pathlib import Path

import pytest

from offhook.core.stall import DeadAir
from offhook.testing.drill.rehearse import Rehearsal, rehearse
from offhook.testing.drill.verdict import judge
from offhook.testing.faults import named

AGENT = Path(__file__).parents[3] / "agents" / "agent.py"


@cache
def played(fault: str) -> Rehearsal:
    return rehearse(AGENT, named(fault))


def bodies(call: Rehearsal, name: str) -> list[dict[str, object]]:
    return [dict(record.body) for record in call.records if record.name == name]


@pytest.mark.parametrize("fault", ["deepgram.hangs", "deepgram.deaf_for_good", "openai.slow_8", "openai.loops"])
def test_all_questions_are_answered(fault: str) -> None:
    verdict = judge(played(fault))
    assert (verdict.answered, verdict.ended, verdict.repeated, verdict.untold) == (3, "caller", 0, 0)
    assert verdict.silence <= 5


def test_a_caller_who_was_heard_in_part_is_asked_once_and_the_journal_says_why() -> None:
    call = played("deepgram.hangs")
    (lost,) = bodies(call, "HearingLost")
    assert (lost["seconds"], lost["voice"]) == (pytest.approx(0.65, abs=0.1), pytest.approx(1.5, abs=0.1))
    assert [body["tag"] for body in bodies(call, "Retry")] == ["unheard"]
    assert [body["text"] for body in bodies(call, "Said")].count(DeadAir().unheard) == 1


def test_a_caller_who_was_understood_after_all_is_not_asked() -> None:
    call = played("deepgram.drops")
    assert len(bodies(call, "HearingLost")) == 1
    assert bodies(call, "Retry") == []


def test_a_slow_model_is_asked_beside_and_its_first_answer_counts() -> None:
    call = played("openai.slow_8")
    assert len(bodies(call, "AskedBeside")) == 1
    assert max(float(str(turn["heard"])) for turn in bodies(call, "Turn")) == pytest.approx(8.3, abs=0.2)


def test_a_tool_in_circles_runs_twice() -> None:
    call = played("openai.loops")
    assert (len(bodies(call, "ToolStarted")), len(bodies(call, "ToolRefused"))) == (2, 1)
