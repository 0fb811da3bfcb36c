"""A simulated call with real offline models (VAD, STT, TTS), without waiting."""

from pathlib import Path

import pytest

from offhook.testing import ScriptedCaller, simulate

pytestmark = pytest.mark.slow

DESK = Path(__file__).parents[3] / "agents" / "agent.py"


async def asks(call: ScriptedCaller) -> None:
    await call.hears("front desk")
    await call.says("what are your opening hours")
    await call.hears("day and night")
    await call.hangs_up()


def test_spoken_words_are_recognised_and_answered_the_same_each_time() -> None:
    first, second = (simulate(DESK, asks, models="offline") for _ in range(2))
    assert first.heard == ["what are your opening hours"]
    assert first.timeline == second.timeline
    assert first.sounds == second.sounds


def test_real_ears_may_be_told_the_words() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.says("goodbye")
        await call.ended()

    call = simulate(DESK, caller, models="offline", stt="told")
    assert (call.heard, call.reason) == (["goodbye"], "agent_ended")


def test_a_word_after_a_long_silence_is_heard_as_well() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.hears("still there", timeout=12)
        await call.silent(5)
        await call.says("what are your opening hours")
        await call.hears("day and night")
        await call.hangs_up()

    call = simulate(DESK, caller, models="offline")
    assert call.heard == ["what are your opening hours"]
