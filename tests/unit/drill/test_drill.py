"""Whole calls with provider faults, in virtual time: what the caller hears, and what the journal records."""

from functools import cache
from pathlib import Path

import pytest

from offhook.announce.clips import CLIPS
from offhook.core.dead_air import DeadAir
from offhook.testing.drill.lines import ANSWERS, LINES
from offhook.testing.drill.rehearse import Rehearsal, Way, rehearse
from offhook.testing.drill.verdict import judge
from offhook.testing.faults import named

pytestmark = pytest.mark.slow

AGENT = Path(__file__).parents[3] / "agents" / "agent.py"
SUPPORT = AGENT.with_name("support.py")
TABLE = ANSWERS[LINES[1]]


@cache
def played(fault: str, way: Way = "ours") -> Rehearsal:
    return rehearse(AGENT, named(fault), way=way)


def said(call: Rehearsal) -> list[str]:
    return [str(record.body["text"]) for record in call.records if record.name == "MessageCommitted"]


def bodies(call: Rehearsal, name: str) -> list[dict[str, object]]:
    return [dict(record.body) for record in call.records if record.name == name]


@pytest.mark.parametrize(
    ("fault", "answered", "ended"),
    [
        ("deepgram.deaf_for_good", 3, "caller"),
        ("openai.slow_4", 3, "caller"),
        ("openai.hangs", 1, "error"),
        ("openai.drop_after_3", 3, "caller"),
        ("realtime.drop_after_3", 3, "caller"),
        ("cartesia.hangs_for_good", 1, "error"),
        ("cartesia.drop_after_0.7", 3, "caller"),
        ("cartesia.stall_after_0.7", 3, "caller"),
        ("network.cut", 1, "error"),
        ("network.gone", 1, "error"),
    ],
)
def test_no_caller_waits_long_is_left_alone_or_hears_words_twice(fault: str, answered: int, ended: str) -> None:
    verdict = judge(played(fault))
    assert verdict.silence <= 5
    assert (verdict.answered, verdict.ended) == (answered, ended)
    assert (verdict.repeated, verdict.unreported) == (0, 0)


@pytest.mark.parametrize("fault", ["openai.slow_4", "network.gone", "cartesia.drop_after_0.7"])
def test_the_support_desk_behind_its_routes_stands_the_same_faults(fault: str) -> None:
    verdict = judge(rehearse(SUPPORT, named(fault)))
    desk = judge(played(fault))
    assert verdict.silence <= 5
    assert (verdict.ended, verdict.answered, verdict.unreported) == (desk.ended, desk.answered, 0)


def silence_before_the_apology(call: Rehearsal) -> float:
    *_, began = [float(str(one["since"])) for one in bodies(call, "MessageCommitted") if one["text"] == CLIPS["sorry"]]
    at = call.began + began
    before = [ended for _, ended in call.earpiece.sound if ended <= at] + [turn.ended for turn in call.turns]
    first = next(start for start, _ in call.earpiece.sound if start >= at)
    return first - max(ended for ended in before if ended <= at)


@pytest.mark.parametrize("fault", ["network.cut", "network.gone", "cartesia.hangs_for_good"])
def test_nobody_waits_longer_than_four_seconds_for_an_apology(fault: str) -> None:
    assert silence_before_the_apology(played(fault)) <= 4


def test_the_same_fault_is_the_same_each_time() -> None:
    assert judge(rehearse(AGENT, named("openai.slow_4"))) == judge(played("openai.slow_4"))


def test_a_filler_is_in_the_configured_voice_and_makes_room_for_the_answer() -> None:
    call = played("openai.slow_4")
    assert DeadAir().fillers[0] in said(call)
    both = sum(ended - began for began, ended in call.earpiece.sound)
    assert both == pytest.approx(sum(len(text) for text in said(call) if text not in LINES) / 15, abs=0.5)


def test_where_the_voice_fails_a_clip_says_what_the_journal_says() -> None:
    spoken = said(played("cartesia.hangs_for_good"))
    assert spoken[-3:] == [CLIPS["moment"], CLIPS["still"], CLIPS["sorry"]]


def test_words_that_were_never_heard_are_unspoken_and_said_after_all() -> None:
    call = played("cartesia.drop_after_0.7")
    (unspoken,) = bodies(call, "SpeechNotPlayed")
    heard = TABLE.removesuffix(str(unspoken["text"])).strip()
    at = said(call).index(heard)
    assert said(call)[at + 1] == unspoken["text"]


def test_a_voice_that_stops_in_a_sentence_is_noticed() -> None:
    (stalled,) = bodies(played("cartesia.stall_after_0.7"), "TtsStalled")
    assert stalled["heard"] == pytest.approx(0.8, abs=0.01)


def test_each_answer_has_its_times() -> None:
    turns = bodies(played("openai.slow_4"), "ResponseTimed")
    assert len(turns) == 3
    assert [round(float(str(turn["model"])), 1) for turn in turns] == [0.0, 4.0, 0.0]
    assert float(str(turns[1]["heard"])) == pytest.approx(4.3, abs=0.2)


@pytest.mark.parametrize("fault", ["openai.hangs", "deepgram.deaf", "cartesia.hangs", "cartesia.drop_after_0.7"])
def test_livekit_alone_leaves_them_waiting(fault: str) -> None:
    assert judge(played(fault, "stock")).silence > 15


def test_livekit_alone_claims_words_that_nobody_heard() -> None:
    assert TABLE in said(played("cartesia.drop_after_0.7", "stock"))
