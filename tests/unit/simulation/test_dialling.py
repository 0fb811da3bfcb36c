"""Outbound calls in virtual time: each outcome is a fact and an end reason. Nobody is talked to before the answer."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from offhook.testing import Callee, ScriptedCaller, SimulatedCall, simulate

AGENT = Path(__file__).parent / "agents" / "caller_out.py"


def dial(*callees: Callee, script: Any = None, to: str = "+1 (555) 123-4567", **wishes: Any) -> SimulatedCall:
    asked = {"to": to, "ringing": 20, **wishes.pop("dial", {})}
    starts_at = wishes.pop("starts_at", None)
    metadata = json.dumps({"dial": asked, **wishes})
    return simulate(AGENT, script, callees=callees or [Callee()], metadata=metadata, starts_at=starts_at)


def results(call: SimulatedCall) -> list[tuple[object, object]]:
    return [(one.body["outcome"], one.body["code"]) for one in call.records if one.name == "DialResult"]


async def talks(callee: ScriptedCaller) -> None:
    await callee.hears("clinic")
    await callee.says("Hi there.")
    await callee.hears("How can I help")
    await callee.hangs_up()


def test_an_answered_call_is_greeted_when_it_is_active_and_not_before() -> None:
    call = dial(Callee(after=15), script=talks)
    assert results(call) == [("answered", 0)]
    assert (call.reason, call.said[0]) == ("caller_hung_up", "Hello, this is the clinic.")
    assert call.at("CallerFound") == call.at("SessionStarted") == [15.0]
    assert call.asked[0] == "dial +15551234567"


@pytest.mark.parametrize(
    ("callee", "reason", "code"),
    [
        (Callee(code=486), "busy", 486),
        (Callee(code=603), "declined", 603),
        (Callee(code=480), "no_answer", 480),
        (Callee(code=404), "unreachable", 404),
        (Callee(code=503), "unreachable", 503),
        (Callee(code=407), "error", 0),
        (Callee(code=None), "no_answer", 0),
        (Callee(code=None, rings=False), "unreachable", 0),
    ],
)
def test_a_call_that_is_not_answered_ends_with_its_reason_and_without_a_word(
    callee: Callee, reason: str, code: int
) -> None:
    call = dial(callee)
    assert (call.reason, call.said, call.asked) == (reason, [], ("dial +15551234567", "delete_room"))
    assert [found for _, found in results(call)] == [code]
    assert call.at("SessionStarted") == call.at("Say") == []


def test_the_agent_dials_again_after_a_busy_line() -> None:
    call = dial(Callee(code=486), Callee(), script=talks, redial={"on": ["busy"], "pause": 5})
    assert results(call) == [("busy", 486), ("answered", 0)]
    assert call.at("PlaceCall") == [0.0, 6.0]
    assert call.said[0] == "Hello, this is the clinic."


def test_the_end_of_the_call_cancels_a_ringing_phone_at_once() -> None:
    call = dial(Callee(code=None), give_up=True)
    assert (call.reason, results(call)) == ("agent_ended", [("cancelled", 0)])
    assert call.asked == ("dial +15551234567", "remove_participant", "delete_room")
    assert call.seconds < 0.1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to": "call me"}, "give a number such as"),
        ({"to": "sip:anna@example.com"}, "the trunk has the host"),
        ({"dial": {"trunk": "ST_other"}}, "does this outbound trunk exist?"),
    ],
)
def test_a_call_that_cannot_be_dialled_ends_at_once_with_what_to_do(wrong: dict[str, Any], said: str) -> None:
    call = dial(**wrong)
    assert call.reason == "error"
    assert said in call.detail
    assert (call.said, call.seconds) == ([], 0.0)


QUIET = ["21:00", "08:00", "Europe/Berlin"]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"quiet": QUIET, "starts_at": datetime(2026, 7, 1, 20, tzinfo=UTC).timestamp()}, "quiet hours: 21:00"),
        ({"list": True, "to": "+155512"}, "do-not-call list"),
        ({"list": True, "to": "+155513"}, "raised RuntimeError"),
    ],
)
def test_a_guarded_call_is_not_dialled_and_the_reason_is_told(wishes: dict[str, Any], said: str) -> None:
    call = dial(**wishes)
    assert (call.reason, call.asked) == ("rejected", ("delete_room",))
    assert said in call.detail
    assert results(call) == [("refused", 0)]


def test_a_call_outside_the_quiet_hours_is_dialled() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp()
    assert results(dial(script=talks, quiet=QUIET, starts_at=noon)) == [("answered", 0)]


def test_a_call_without_a_request_to_dial_waits_for_its_caller() -> None:
    async def greeted(caller: ScriptedCaller) -> None:
        await caller.hears("clinic")

    from offhook.testing import Phone

    call = simulate(AGENT, greeted, phone=Phone(), metadata="{}", stays=1)
    assert (call.reason, call.said) == ("caller_hung_up", ["Hello, this is the clinic."])
