"""Goodbyes of whole calls in virtual time: played to the end, once, in time, also if a model fails."""

import json
from typing import Any

import pytest
from livekit.agents import Agent, APIConnectionError, APIConnectOptions, tts

from offhook import Call, Ending, Limits, OngoingCall, Plan, Prices, end_call, serve
from offhook.core.facts import AgentStateChanged, SessionStarted
from offhook.models.offline.rules import Reply
from offhook.models.offline.voice import OfflineVoice
from offhook.testing import Phone, ScriptedCaller, simulate

GREETING = "Welcome to the front desk of the small hotel on the hill. How can I help you today?"
GOODBYE = "Thank you for calling. Goodbye."
AT_ONCE = APIConnectOptions(max_retry=0, timeout=1)
PRICES = Prices(characters=100.0)
TIME_IS_UP = "We have to stop here. Goodbye."


def end_at_once(fact: SessionStarted, call: OngoingCall) -> None:
    call.end(GOODBYE)


def end_when_thinking(fact: AgentStateChanged, call: OngoingCall) -> None:
    if fact.state == "thinking":
        call.end(GOODBYE)


def plan(call: Call) -> Plan:
    wanted: Any = call.data
    return Plan(
        agent=Agent(instructions="You are the front desk.", tools=[end_call(goodbye=GOODBYE)]),
        greeting=wanted.get("greeting", GREETING),
        ending=Ending(timeout=wanted.get("timeout", 15)),
        limits=Limits(goodbye=TIME_IS_UP, **{"seconds": 600, **wanted.get("limits", {})}, prices=PRICES),
        on=WHEN.get(wanted.get("when"), {}),
    )


WHEN: dict[str, Any] = {"at once": {SessionStarted: end_at_once}, "thinking": {AgentStateChanged: end_when_thinking}}
server = serve(plan, port=0)


@pytest.mark.parametrize(("phone", "tail"), [(None, 0.12), (Phone(), 0.3)])
def test_a_goodbye_waits_for_what_is_being_said(phone: Phone | None, tail: float) -> None:
    call = simulate(server, metadata='{"when": "at once"}', phone=phone)
    assert call.said == [GREETING, GOODBYE]
    (*_, said), (hung_up,) = call.at("LinePlayed"), call.at("HangUp")
    assert hung_up - said == pytest.approx(tail, abs=0.01)
    assert (call.reason, call.asked) == ("agent_ended", ("delete_room",))


@pytest.mark.slow
def test_a_model_that_said_goodbye_itself_is_not_followed_by_another_goodbye() -> None:
    async def caller(call: ScriptedCaller) -> None:
        await call.hears("help you")
        await call.says("that is all")
        await call.ended()

    call = simulate(server, caller, replies={"that is all": Reply("You are welcome. Bye bye!", tool="end_call")})
    assert call.said == [GREETING, "You are welcome. Bye bye!"]
    assert (call.reason, call.asked) == ("agent_ended", ("delete_room",))


async def asks(call: ScriptedCaller) -> None:
    await call.hears("help you")
    await call.says("what are your opening hours")
    await call.ended(timeout=60)


@pytest.mark.parametrize(
    ("wanted", "goodbye"), [({"limits": {"seconds": 12}}, TIME_IS_UP), ({"when": "thinking"}, GOODBYE)]
)
def test_a_model_that_thinks_for_ever_does_not_swallow_the_goodbye(wanted: dict[str, object], goodbye: str) -> None:
    call = simulate(server, asks, thinks=600, metadata=json.dumps(wanted))
    assert call.said[-1] == goodbye
    (want,), (hung_up,) = call.at("EndRequested"), call.at("HangUp")
    assert hung_up - want < 15


def test_a_goodbye_in_vain_is_cut_at_its_deadline() -> None:
    call = simulate(server, asks, thinks=600, metadata='{"when": "thinking", "timeout": 2}')
    (want,), (hung_up,) = call.at("EndRequested"), call.at("HangUp")
    assert hung_up - want == pytest.approx(2, abs=0.01)


def test_a_caller_is_warned_before_the_time_is_up() -> None:
    limits = {"seconds": 20, "warning": "We have ten seconds left.", "warn_before": 10}
    call = simulate(server, metadata=json.dumps({"limits": limits}))
    assert call.said == [GREETING, "We have ten seconds left.", TIME_IS_UP]
    assert (call.reason, call.asked) == ("limit", ("delete_room",))
    (warned,) = (record.elapsed for record in call.records if record.by == "limits" and record.name == "Say")
    (want,) = call.at("EndRequested")
    assert want - warned == pytest.approx(10, abs=0.01)


@pytest.mark.slow
def test_a_call_that_costs_too_much_ends_with_its_goodbye() -> None:
    async def caller(call: ScriptedCaller) -> None:
        for _ in range(2):
            await call.hears()
            await call.says("go on")
        await call.ended(timeout=60)

    limits = {"cost": 100.0 * 2 * len(GREETING) / 1e6}
    call = simulate(server, caller, replies={"go on": GREETING}, metadata=json.dumps({"limits": limits}))
    assert (call.reason, call.said[-1]) == ("limit", TIME_IS_UP)
    assert "the models have cost" in call.detail


class Hoarse(OfflineVoice):
    """TTS that always fails."""

    def synthesize(self, text: str, *, conn_options: Any = None) -> tts.ChunkedStream:
        return Silent(tts=self, input_text=text, conn_options=AT_ONCE)


class Silent(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        raise APIConnectionError("the voice is dead")


def hoarse_plan(call: Call) -> Plan:
    return Plan(
        agent=Agent(instructions="You are the front desk."),
        session={"tts": Hoarse(), "llm": None, "stt": None, "vad": None, "turn_detection": None},
        on={SessionStarted: end_at_once},
    )


hoarse = serve(hoarse_plan, port=0)


def test_a_voice_that_is_dead_is_replaced_by_the_recorded_one() -> None:
    call = simulate(hoarse, models="own")
    assert call.said == [Ending().apology]
    assert (call.reason, call.asked) == ("agent_ended", ("delete_room",))
