"""Whole phone calls: the plan reads numbers and headers while the phone rings, and the timeline has the SIP facts."""

from livekit.agents import Agent

from offhook import Call, Plan, fetch_headers, serve
from offhook.testing import Phone, ScriptedCaller, simulate

HEADERS = {"X-Tenant": "acme", "From": '"Ada" <sip:+15105550100@carrier>'}


async def plan(call: Call) -> Plan:
    sip = await fetch_headers(call, "X-Tenant")
    name = sip.dialled.user if sip.dialled else "nobody"
    return Plan(agent=Agent(instructions=sip.quoted(["X-Tenant"])), greeting=f"{name} of {sip.headers['x-tenant']}.")


server = serve(plan)


def test_a_plan_reads_the_dialled_name_and_a_header_while_the_phone_rings() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.silent(2)
        await call.becomes("active")
        await call.hears("of acme")
        await call.hangs_up()

    phone = Phone(dialled="sales%20at%20acme", headers=HEADERS, include_headers=False, status="ringing")
    call = simulate(server, caller, phone=phone)
    assert (call.reason, call.said) == ("caller_hung_up", ["sales at acme of acme."])
    timeline = " ".join(call.timeline.split())
    assert "by phone, dialled sales at acme, trunk ST_test, rule SDR_test, still ringing" in timeline
    assert "the phone call is active" in timeline


def test_a_plan_that_needs_a_phone_says_so_for_a_web_caller() -> None:
    call = simulate(server, stays=30)
    assert call.reason == "error"
    assert "not on the phone" in call.timeline
