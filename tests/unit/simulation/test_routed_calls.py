"""Whole calls whose plan function is chosen by routes."""

import asyncio
import textwrap
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import Agent

from offhook import Call, Plan, Route, Routes, lookup, reject, serve
from offhook.core.errors import PlanError
from offhook.testing import Phone, SimulatedCall, simulate


def sales(call: Call) -> Plan:
    return Plan(agent=Agent(instructions="You sell."), greeting="Hello, sales.")


async def support(call: Call) -> Plan:
    return Plan(agent=Agent(instructions="You help."), greeting="Hello, support.")


routes = Routes(
    Route(sales, name="sales", dialled="+1555010*"),
    Route(reject("declined"), name="scanners", trunk="ST_open"),
    Route("tests.unit.simulation.test_routed_calls:support", name="vip", metadata={"tier": "vip"}, at_most=1),
    Route("tests.unit.simulation.test_routed_calls:nobody", name="broken", dialled="+4420*"),
    Route("tests.unit.simulation.test_routed_calls:routes", name="circle", dialled="+4421*"),
    default=support,
)
server = serve(routes, on_plan_error="reject")


def play(phone: Phone | None = None, metadata: str = "") -> SimulatedCall:
    return simulate(server, phone=phone, metadata=metadata, stays=5)


def matched(call: SimulatedCall) -> list[tuple[Any, Any]]:
    return [(one.body["route"], one.body["why"]) for one in call.records if one.name == "RouteMatched"]


def test_one_worker_has_many_agents_and_the_journal_says_which_route_took_the_call() -> None:
    call = play(Phone(dialled="+15550100199"))
    assert call.said == ["Hello, sales."]
    assert matched(call) == [("sales", "dialled '+15550100199' matches '+1555010*'")]
    other = play()
    assert (other.said, matched(other)) == (["Hello, support."], [("default", "no route matches")])


def test_a_route_may_reject_and_an_agent_may_be_named_by_its_module() -> None:
    scanner = play(Phone(dialled="+990", trunk="ST_open", status="ringing"))
    assert (scanner.reason, scanner.detail, scanner.sounds) == ("rejected", "declined (603)", ())
    vip = play(metadata='{"tier": "vip"}')
    assert (vip.said, matched(vip)) == (["Hello, support."], [("vip", "metadata.tier is 'vip'")])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dialled", "why"), [("+442012345", "has no function 'nobody'"), ("+442112345", "is Routes; the target of a route")]
)
def test_a_route_that_leads_nowhere_is_a_plan_that_fails(dialled: str, why: str) -> None:
    call = play(Phone(dialled=dialled, status="ringing"))
    assert (call.reason, call.said) == ("error", [])
    assert why in call.detail


def test_attributes_that_a_web_caller_gives_itself_choose_no_route() -> None:
    call = simulate(server, caller="+15550100199", name="+15550100199", stays=3)
    assert matched(call) == [("default", "no route matches")]


async def known(call: Call) -> Plan:
    name = await tenant_of(call.sip.caller.number if call.sip and call.sip.caller else "")
    return Plan(agent=Agent(instructions="You help."), greeting=f"Hello, {name}.")


@lookup(within=3, fresh=60)
async def tenant_of(number: str) -> str:
    await asyncio.sleep(60 if number.endswith("9") else 2)
    return "Acme"


by_header = Routes(
    Route(known, name="gold", headers={"X-Tier": "gold"}, trusting_caller=True),
    default=support,
)
header_server = serve(by_header, on_plan_error="reject")


@pytest.mark.parametrize("include_headers", [True, False])
def test_a_route_by_header_asks_the_phone_for_headers_that_the_trunk_leaves_out(*, include_headers: bool) -> None:
    call = simulate(header_server, phone=Phone(headers={"X-Tier": "gold"}, include_headers=include_headers), stays=8)
    assert matched(call) == [("gold", "header x-tier is 'gold'")]
    assert call.said == ["Hello, Acme."]


def test_a_web_caller_has_no_headers_and_is_not_asked_for_any() -> None:
    call = simulate(header_server, stays=3)
    assert matched(call) == [("default", "no route matches")]
    assert "Warned" not in [one.name for one in call.records]


def test_a_lookup_that_hangs_is_a_plan_that_fails_after_three_seconds() -> None:
    phone = Phone(number="+15550109", headers={"X-Tier": "gold"}, status="ringing")
    call = simulate(header_server, phone=phone)
    assert (call.reason, call.said) == ("error", [])
    assert call.detail == "LookupFailedError: tenant_of gave no answer within 3 s"
    assert 3 <= call.seconds < 3.2


def test_routes_that_no_variable_has_cannot_be_served() -> None:
    with pytest.raises(PlanError, match="assign the routes to a variable at the top level of the file"):
        serve(Routes(default=support))


def test_an_agent_file_may_read_its_routes_from_toml(tmp_path: Path) -> None:
    (tmp_path / "routes.toml").write_text("default = 'tests.unit.simulation.test_routed_calls:sales'")
    (tmp_path / "routed_by_toml.py").write_text(
        textwrap.dedent("""
            from pathlib import Path

            from offhook import Routes, serve

            routes = Routes.from_toml(Path(__file__).with_name("routes.toml"))
            server = serve(routes)
        """)
    )
    assert simulate(tmp_path / "routed_by_toml.py", stays=5).said == ["Hello, sales."]
