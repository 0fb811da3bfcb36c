"""Faults that offhook recovers from: the caller gets all answers although a provider fails."""

from functools import cache
from pathlib import Path

import pytest

from offhook.core.dead_air import DeadAir
from offhook.testing.drill.rehearse import Rehearsal, rehearse
from offhook.testing.drill.verdict import judge
from offhook.testing.faults import named

pytestmark = pytest.mark.slow

AGENT = Path(__file__).parents[3] / "agents" / "agent.py"


@cache
def played(fault: str) -> Rehearsal:
    return rehearse(AGENT, named(fault))


def bodies(call: Rehearsal, name: str) -> list[dict[str, object]]:
    return [dict(record.body) for record in call.records if record.name == name]


@pytest.mark.parametrize("fault", ["deepgram.hangs", "openai.slow_8", "openai.loops"])
def test_all_questions_are_answered(fault: str) -> None:
    verdict = judge(played(fault))
    assert (verdict.answered, verdict.ended, verdict.repeated, verdict.unreported) == (3, "caller", 0, 0)
    assert verdict.silence <= 5


def test_a_caller_who_was_heard_in_part_is_asked_once_and_the_journal_says_why() -> None:
    call = played("deepgram.hangs")
    (lost,) = bodies(call, "SttInterrupted")
    assert (lost["seconds"], lost["voice"]) == (pytest.approx(0.65, abs=0.1), pytest.approx(1.5, abs=0.1))
    assert [body["tag"] for body in bodies(call, "AbandonAnswer")] == ["abandon"]
    assert [body["text"] for body in bodies(call, "MessageCommitted")].count(DeadAir().no_match_text) == 1


def test_a_caller_who_was_understood_after_all_is_not_asked() -> None:
    call = played("deepgram.drops")
    assert len(bodies(call, "SttInterrupted")) == 1
    assert bodies(call, "RetryAnswer") == []


def test_a_slow_model_is_asked_beside_and_its_first_answer_counts() -> None:
    call = played("openai.slow_8")
    assert len(bodies(call, "RequestHedged")) == 1
    assert max(float(str(turn["heard"])) for turn in bodies(call, "ResponseTimed")) == pytest.approx(8.3, abs=0.2)


def test_a_tool_in_circles_runs_as_often_as_livekit_lets_it_go_round() -> None:
    call = played("openai.loops")
    assert (len(bodies(call, "ToolStarted")), len(bodies(call, "ToolRefused"))) == (4, 0)
