"""Whole calls that are answered, refused or rejected while the phone rings."""

import asyncio
from typing import Any

import pytest
from livekit.agents import Agent

from offhook import Call, Plan, answer_and_refuse, reject, serve
from offhook.core.errors import PlanError
from offhook.testing import Phone, ScriptedCaller, SimulatedCall, simulate

SORRY = "I am sorry, something went wrong on our side. Please call again."
RINGING = Phone(status="ringing")


async def plan(call: Call) -> Any:
    match call.data["do"]:
        case "busy":
            return reject("busy")
        case "code":
            return reject(480)
        case "closed":
            return answer_and_refuse("We are closed. Please call tomorrow.")
        case "hangs":
            await asyncio.sleep(1000)
        case "late":
            await asyncio.sleep(6)
        case "raises":
            raise ConnectionError("the database is down")
        case "exits":
            raise SystemExit(3)
        case "nonsense":
            return {"agent": "support"}
    return Plan(agent=Agent(instructions="You are the front desk."), greeting="Hello, the front desk.")


def without_lookup(call: Call) -> Any:
    if call.data.get("fallback") == "raises":
        raise ConnectionError("also down")
    if call.data.get("fallback") == "busy":
        return reject("busy")
    return Plan(agent=Agent(instructions="You are the switchboard."), greeting="Hello, the switchboard.")


apologises = serve(plan)
rejects = serve(plan, on_plan_error="reject")
falls_back = serve(plan, fallback=without_lookup, on_plan_error="reject")

FAILS = ["raises", "hangs", "nonsense", "exits"]


async def rings(call: ScriptedCaller) -> None:
    """The phone rings for two minutes; nobody answers."""


async def answered(call: ScriptedCaller) -> None:
    """The phone is answered when the agent has published its track; SIP does it in this order."""
    await call.silent(11)
    await call.becomes("active")
    await call.silent(5)
    await call.hangs_up()


def play(server: Any, do: str, script: Any = rings, phone: Phone | None = RINGING, **more: str) -> SimulatedCall:
    pairs = ", ".join(f'"{key}": "{value}"' for key, value in {"do": do, **more}.items())
    return simulate(server, script, phone=phone, metadata=f"{{{pairs}}}")


def bodies(call: SimulatedCall, name: str) -> list[Any]:
    return [record.body for record in call.records if record.name == name]


@pytest.mark.parametrize(("do", "detail"), [("busy", "busy (486)"), ("code", "SIP code 480")])
@pytest.mark.parametrize("phone", [RINGING, Phone(), None])
def test_a_rejected_call_ends_without_a_word_and_without_a_session(do: str, detail: str, phone: Phone | None) -> None:
    call = play(apologises, do, phone=phone)
    assert (call.reason, call.detail) == ("rejected", detail)
    assert (call.said, call.sounds) == ([], ())
    assert bodies(call, "SessionStarted") == bodies(call, "Say") == []
    assert call.seconds < 0.1


def test_a_refused_call_is_answered_hears_the_text_and_ends() -> None:
    call = play(apologises, "closed")
    assert (call.reason, call.detail) == ("rejected", "answered and refused")
    assert call.said == ["We are closed. Please call tomorrow."]
    assert call.seconds < 6


@pytest.mark.parametrize("do", FAILS)
def test_without_another_choice_a_plan_that_fails_is_an_apology(do: str) -> None:
    call = play(apologises, do)
    assert (call.reason, call.said) == ("error", [SORRY])


@pytest.mark.parametrize("do", FAILS)
def test_by_choice_a_plan_that_fails_is_a_rejection_while_the_phone_rings(do: str) -> None:
    call = play(rejects, do)
    assert (call.reason, call.said, call.sounds) == ("error", [], ())
    assert [body["reject"] for body in bodies(call, "PlanFailed")] == [True]
    assert call.seconds < 10.2


@pytest.mark.parametrize("phone", [Phone(), None])
def test_a_caller_whose_call_is_answered_already_hears_the_apology_all_the_same(phone: Phone | None) -> None:
    call = play(rejects, "raises", phone=phone)
    assert (call.reason, call.said) == ("error", [SORRY])


def test_a_phone_that_is_answered_during_the_lookup_is_not_rejected_any_more() -> None:
    async def picks_up(call: ScriptedCaller) -> None:
        await call.silent(4)
        await call.becomes("active")
        await call.ended(timeout=30)

    assert play(rejects, "hangs", picks_up).said == [SORRY]


@pytest.mark.parametrize("do", FAILS)
def test_a_fallback_plan_takes_the_place_of_a_plan_that_fails(do: str) -> None:
    call = play(falls_back, do, answered)
    assert call.said == ["Hello, the switchboard."]
    (warned,) = bodies(call, "Warned")
    assert warned["text"].startswith("the plan failed; the fallback plan is used: ")


def test_a_fallback_plan_is_not_asked_if_the_plan_answers_even_late() -> None:
    assert play(falls_back, "late", answered).said == ["Hello, the front desk."]
    assert play(falls_back, "busy").reason == "rejected"


def test_a_fallback_plan_may_reject_and_if_it_fails_too_the_choice_for_failures_counts() -> None:
    assert play(falls_back, "raises", fallback="busy").reason == "rejected"
    call = play(falls_back, "raises", fallback="raises")
    assert (call.reason, call.detail, call.said) == ("error", "ConnectionError: also down", [])


def test_a_caller_who_hangs_up_during_the_lookup_ends_the_call_at_once() -> None:
    async def gives_up(call: ScriptedCaller) -> None:
        await call.silent(3)
        await call.hangs_up()

    call = play(falls_back, "late", gives_up)
    assert (call.reason, call.said) == ("caller_hung_up", [])
    assert bodies(call, "SessionStarted") == []


def test_a_plan_that_hangs_does_not_keep_the_job_of_a_caller_who_has_hung_up(caplog: pytest.LogCaptureFixture) -> None:
    async def gives_up(call: ScriptedCaller) -> None:
        await call.silent(1)
        await call.hangs_up()

    slow = {"OFFHOOK_PLAN_TIMEOUT": "60"}
    call = simulate(rejects, gives_up, phone=RINGING, metadata='{"do": "hangs"}', environ=slow)
    assert call.reason == "caller_hung_up"
    assert "the entrypoint did not return in time" not in caplog.text


def test_the_choice_for_failures_and_the_fallback_plan_are_checked_when_the_server_is_made() -> None:
    with pytest.raises(PlanError, match=r"on_plan_error='ignore'\): use 'apologise' or 'reject'"):
        serve(plan, on_plan_error="ignore")  # type: ignore[arg-type]  # on purpose
    with pytest.raises(PlanError, match="at the top level of its module"):
        serve(plan, fallback=lambda call: reject())
