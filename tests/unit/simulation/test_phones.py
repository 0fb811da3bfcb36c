"""Whole telephone calls: nothing counts before the answer, one leg is hung up, transfers have a result."""

from typing import Any

import pytest
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, RunContext, function_tool

from offhook import (
    Call,
    Limits,
    OngoingCall,
    Plan,
    Silence,
    call_of,
    end_call,
    goodbye,
    say,
    serve,
    supervise,
)
from offhook.core.transfer import TransferResult
from offhook.facts import KeyPressed
from offhook.models.offline.rules import Reply
from offhook.testing import Phone, ScriptedCaller, TransferReply, simulate

LADDER = Silence(say("Still there?", after=4), goodbye("Goodbye.", after=4))
RINGING = Phone(status="dialing", rule="")
RESULTS: list[TransferResult] = []


@function_tool
async def connect_me(ctx: RunContext[Any]) -> str | None:
    """Transfer the caller to the sales desk."""
    RESULTS.append(result := await call_of(ctx).transfer("+1 555 0100", by="tool connect_me"))
    return None if result.done else f"The transfer failed: {result.detail}"


async def on_key(key: KeyPressed, ongoing: OngoingCall) -> None:
    RESULTS.append(await ongoing.transfer("sip:desk@example.com"))
    ongoing.session.say("You are back.")


def plan(call: Call) -> Plan:
    tools = [connect_me, end_call(goodbye="Bye now.", headers={"X-Outcome": "sold"})]
    return Plan(
        agent=Agent(instructions="You are the front desk.", tools=tools),
        greeting="Hello.",
        silence=LADDER,
        limits=Limits(seconds=60),
        on={KeyPressed: on_key},
    )


server = serve(plan)


@pytest.fixture(autouse=True)
def no_results() -> None:
    RESULTS.clear()


@pytest.mark.parametrize("status", ["dialing", "ringing", "automation"])
def test_a_phone_that_rings_for_longer_than_every_clock_is_greeted_when_it_is_answered(status: Any) -> None:
    async def answers(call: ScriptedCaller) -> None:
        await call.becomes(status)
        await call.silent(75)
        await call.becomes("active")
        await call.hears("Hello.")
        await call.hangs_up()

    call = simulate(server, answers, phone=RINGING)
    assert (call.reason, call.said) == ("caller_hung_up", ["Hello."])


own_server = AgentServer()


@own_server.rtc_session()
async def own_code(ctx: JobContext) -> None:
    session: AgentSession[Any] = AgentSession()
    async with supervise(ctx, session, silence=LADDER, limits=Limits(seconds=60)):
        await session.start(Agent(instructions="You are the front desk."), room=ctx.room)
        session.say("I speak at once.")


@pytest.mark.parametrize("phone", [RINGING, Phone(status="ringing")])
def test_code_that_speaks_while_the_phone_rings_starts_no_clock_and_costs_no_voice(phone: Phone) -> None:
    async def answers(call: ScriptedCaller) -> None:
        await call.silent(45)
        await call.becomes("active")
        await call.says("hello")
        await call.hears("Still there?")
        await call.hangs_up()

    call = simulate(own_server, answers, phone=phone, replies={"hello": "I hear you."})
    assert call.reason == "caller_hung_up"
    assert call.said == ["I speak at once.", "I hear you.", "Still there?"]


@pytest.mark.parametrize(("left", "reason"), [("USER_REJECTED", "declined"), ("USER_UNAVAILABLE", "no_answer")])
def test_a_phone_that_does_not_answer_ends_the_call_without_a_word(left: str, reason: str) -> None:
    async def declines(call: ScriptedCaller) -> None:
        await call.silent(3)
        await call.leaves(left)
        await call.ended()

    call = simulate(server, declines, phone=RINGING)
    assert (call.reason, call.said) == (reason, [])


def test_the_headers_of_the_agent_go_into_the_bye_and_then_the_room_is_closed() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        await call.says("bye")
        await call.ended()

    call = simulate(server, caller, phone=Phone(), replies={"bye": Reply(tool="end_call")})
    assert (call.reason, call.said[-1]) == ("agent_ended", "Bye now.")
    assert call.asked == ("BYE with X-Outcome: sold", "delete_room")


async def wants_sales(call: ScriptedCaller) -> None:
    await call.hears("Hello.")
    await call.says("sales please")
    await call.ended()


SALES = {"sales": Reply(tool="connect_me")}


def test_a_transfer_ends_the_call_as_transferred_and_nothing_is_said_into_it() -> None:
    call = simulate(server, wants_sales, phone=Phone(), replies=SALES, transfer=TransferReply(after=25))
    assert [result.status for result in RESULTS] == ["done"]
    assert (call.reason, call.said) == ("transferred", ["Hello."])
    assert call.asked == ("transfer to tel:+15550100", "delete_room")


def test_after_a_refused_transfer_the_agent_and_the_ladder_go_on() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        await call.says("sales please")
        await call.hears("still with me")
        await call.hears("Still there?")
        await call.hangs_up()

    replies = {**SALES, "tool:.*failed": "You are still with me."}
    call = simulate(server, caller, phone=Phone(), replies=replies, transfer=TransferReply(486, after=25))
    assert [TransferResult("failed", "the transfer was refused with SIP 486 Busy Here", 486)] == RESULTS
    assert (call.reason, call.said) == ("caller_hung_up", ["Hello.", "You are still with me.", "Still there?"])


def test_a_caller_who_hangs_up_during_a_transfer_was_not_transferred() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        await call.says("sales please")
        await call.silent(3)
        await call.hangs_up()

    call = simulate(server, caller, phone=Phone(), replies=SALES, transfer=TransferReply(after=10))
    assert (call.reason, call.detail) == (
        "caller_hung_up",
        "client_initiated, during a transfer whose result is not known",
    )


def test_a_caller_who_hangs_up_during_a_transfer_looks_like_a_success_to_the_server_and_is_recognised() -> None:
    call = simulate(server, wants_sales, phone=Phone(), replies=SALES, transfer=TransferReply(after=0, hangs_up=True))
    assert [result.status for result in RESULTS] == ["unknown"]
    assert call.reason == "caller_hung_up"


def test_a_transfer_in_a_handler_is_not_cut_off_after_ten_seconds() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("Hello.")
        await call.presses("0")
        await call.hears("You are back.", timeout=60)
        await call.hangs_up()

    call = simulate(server, caller, phone=Phone(), transfer=TransferReply(603, after=35))
    assert [result.status for result in RESULTS] == ["failed"]
    assert call.said == ["Hello.", "You are back."]
    assert not [record for record in call.records if record.name == "HandlerFailed"]
