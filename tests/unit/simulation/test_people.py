"""Whole calls in which the caller rejoins, or answers late."""

import pytest
from livekit.agents import Agent

from offhook import Call, Limits, Plan, serve
from offhook.core.errors import OffhookError
from offhook.testing import Phone, ScriptedCaller, simulate

GREETING = "This is the front desk."


def plan(call: Call) -> Plan:
    agent = Agent(instructions="You are the front desk.")
    limits = Limits(seconds=30, goodbye="Time is up.") if call.data.get("short") else Limits()
    return Plan(agent=agent, greeting=GREETING, limits=limits, dead_air=None)


server = serve(plan)
HOURS = {"hours": "We are open all day."}


@pytest.mark.parametrize("models", ["fakes", pytest.param("offline", marks=pytest.mark.slow)])
def test_a_caller_who_joins_again_with_the_same_identity_is_heard_and_answered(models: str) -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.returns()
        await call.says("what are your opening hours")
        await call.hears("all day")
        await call.hangs_up()

    call = simulate(server, caller, models=models, replies=HOURS)  # type: ignore[arg-type]  # by name
    assert (call.reason, call.detail, call.asked) == ("caller_hung_up", "client_initiated", ("delete_room",))
    assert call.heard == ["what are your opening hours"]
    assert call.said == [GREETING, "We are open all day."]


def test_a_caller_who_joins_again_while_the_agent_speaks_hears_it_to_its_end() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.silent(1)
        await call.returns()
        await call.hears("front desk")
        await call.hangs_up()

    assert simulate(server, caller).said == [GREETING]


def test_a_caller_whose_new_session_is_never_connected_has_hung_up() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("front desk")
        await call.returns(connects=False)
        await call.ended()

    call = simulate(server, caller)
    (gone,) = (record for record in call.records if record.name == "CallerAbsent")
    assert call.reason == "caller_hung_up"
    assert call.at("HangUp") == pytest.approx([gone.elapsed + 10], abs=0.01)


def test_a_phone_that_rings_for_long_hears_the_greeting_first_and_has_all_of_its_time() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.silent(45)
        await call.becomes("active")
        await call.ended()

    call = simulate(server, caller, phone=Phone(status="ringing"), metadata='{"short": true}')
    (active,) = (record for record in call.records if record.name == "CallerStatus")
    (limit,) = (record for record in call.records if record.by == "limits")
    assert call.said == [GREETING, "Time is up."]
    assert limit.elapsed == pytest.approx(active.elapsed + 30, abs=0.01)


def test_a_phone_that_is_not_answered_ends_the_call_at_once() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.silent(20)
        await call.becomes("hangup")
        await call.hangs_up()

    call = simulate(server, caller, phone=Phone(status="ringing"))
    (left,) = (record for record in call.records if record.name == "CallerLeft")
    assert (call.reason, call.said) == ("caller_hung_up", [])
    assert call.at("HangUp") == [left.elapsed]


def test_a_caller_without_a_phone_has_no_phone_that_becomes_anything() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.becomes("active")

    with pytest.raises(OffhookError, match="phone=Phone"):
        simulate(server, caller)
