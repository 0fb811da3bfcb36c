"""The example `agents/support.py` in simulated calls: routes, the lookup while the phone rings, the transfer."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from offhook import lookup
from offhook.testing import Phone, Reply, ScriptedCaller, SimulatedCall, simulate
from offhook.testing.simulation.agent_file import loaded

SUPPORT = Path(__file__).parents[3] / "agents" / "support.py"


def rings(dialled: str, number: str = "+15550100") -> Phone:
    return Phone(number=number, dialled=dialled, status="ringing")


async def answered(call: ScriptedCaller) -> None:
    await call.becomes("active")
    await call.hears("support desk")
    await call.hangs_up()


def route_of(call: SimulatedCall) -> Any:
    return next(record.body["route"] for record in call.records if record.name == "RouteMatched")


@pytest.mark.parametrize(
    ("phone", "metadata", "route", "greeting"),
    [
        (rings("+15550199"), "", "acme", "Hello Ada, this is the Acme support desk. How can I help?"),
        (rings("+15550199", "+4420"), "", "acme", "Hello, this is the Acme support desk. How can I help?"),
        (rings("globex"), "", "globex", "Hello, this is the Globex support desk. How can I help?"),
        (rings("+990"), "", "default", "Hello, this is the Globex support desk. How can I help?"),
        (None, '{"company": "acme"}', "acme web", "Hello, this is the Acme support desk. How can I help?"),
    ],
)
def test_each_company_greets_its_own_callers(phone: Phone | None, metadata: str, route: str, greeting: str) -> None:
    call = simulate(SUPPORT, answered if phone else None, phone=phone, metadata=metadata, stays=8)
    assert (route_of(call), call.said[0]) == (route, greeting)


def test_an_old_number_is_answered_only_to_say_so() -> None:
    call = simulate(SUPPORT, phone=rings("+15550177"))
    assert (call.reason, call.said) == ("rejected", ["This number is no longer in use."])


def test_a_caller_is_transferred_to_a_colleague() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.becomes("active")
        await call.hears("support desk")
        await call.says("I have a question about my bill")
        await call.ended(timeout=20)

    bill = {"bill": Reply("I connect you.", tool="transfer_call", arguments={"destination": "billing"})}
    call = simulate(SUPPORT, caller, phone=rings("+15550188"), replies=bill)
    assert call.reason == "transferred"
    assert "transfer to tel:+15550110" in call.asked


def test_a_directory_that_hangs_costs_three_seconds_of_ringing_and_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(number: str) -> None:
        await asyncio.sleep(1000)

    async def waits(call: ScriptedCaller) -> None:
        await call.silent(3.5)
        await answered(call)

    with loaded(SUPPORT) as server:
        module = __import__("support")
        monkeypatch.setattr(module, "customer_of", lookup(within=3)(hangs))
        call = simulate(server, waits, phone=rings("+15550199"))
    assert call.said == ["Hello, this is the customer support desk. How can I help?"]
    assert call.at("SessionStarted")[0] == pytest.approx(3, abs=0.1)


def test_a_silent_caller_is_asked_once_and_the_call_ends() -> None:
    call = simulate(SUPPORT, metadata='{"company": "acme"}')
    assert (call.reason, call.said[1:]) == ("silence", ["Are you still there?", "I will hang up now. Bye!"])
