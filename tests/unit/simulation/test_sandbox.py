"""An agent's own cloud models without keys: the provider sandbox in a simulated call."""

from pathlib import Path

import pytest

from offhook.core.errors import OffhookError
from offhook.testing import ScriptedCaller, SimulatedCall, simulate
from offhook.testing.sandbox import Oracle, Sandbox

pytestmark = pytest.mark.slow

DESK = Path(__file__).parents[3] / "agents" / "agent.py"
HOURS = "what are your opening hours"


async def asks(call: ScriptedCaller) -> None:
    await call.hears("front desk")
    await call.says(HOURS)
    await call.hears("day and night")
    await call.silent(30)
    await call.ended()


def played() -> tuple[SimulatedCall, Sandbox]:
    sandbox = Sandbox(stt=Oracle(HOURS))
    return simulate(DESK, asks, sandbox=sandbox, starts_at=1_700_000_000.0), sandbox


def test_the_cloud_preset_calls_its_providers_in_virtual_time() -> None:
    call, sandbox = played()
    assert (call.heard, call.reason) == ([HOURS], "silence")
    assert {one.path for one in sandbox.requests} >= {"/v1/listen", "/v1/chat/completions", "/tts/websocket"}
    assert call.silences.longest == pytest.approx(10, abs=0.5)


def test_such_a_call_is_the_same_each_time() -> None:
    (first, _), (second, _) = played(), played()
    assert first.timeline == second.timeline
    assert first.sounds == second.sounds


def test_a_sandbox_for_models_that_are_replaced_is_refused() -> None:
    with pytest.raises(OffhookError, match="leave out models='offline', or the sandbox"):
        simulate(DESK, asks, models="offline", sandbox=Sandbox())
