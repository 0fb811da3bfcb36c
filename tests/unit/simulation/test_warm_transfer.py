"""Warm transfers in virtual time: the colleague is briefed in private, then joined, or the caller is taken back."""

import json
from pathlib import Path
from typing import Any

import pytest

from offhook.testing import Callee, Phone, ScriptedCaller, SimulatedCall, simulate

pytestmark = pytest.mark.slow

AGENT = Path(__file__).parent / "agents" / "connector.py"


async def asks(caller: ScriptedCaller) -> None:
    await caller.hears("How can I help")
    await caller.presses("0")
    await caller.silent(80)


def transfer(callee: Callee, script: Any = asks, **options: Any) -> SimulatedCall:
    return simulate(AGENT, script, phone=Phone(), callees=[callee], metadata=json.dumps(options), stays=5)


def result(call: SimulatedCall) -> str:
    """Return the last result that the agent's handler got."""
    return next(one.body["text"] for one in call.records if one.name == "Warned").split(":")[0]


def spoken_to_caller(call: SimulatedCall, *, after: str) -> list[float]:
    return [round(began) for began, _ in call.sounds if began > call.at(after)[0]]


def test_a_colleague_who_accepts_is_joined_and_the_agent_leaves_the_two() -> None:
    call = transfer(Callee(after=4, keys="1", thinks=10))
    assert (call.reason, call.detail) == ("transferred", "warm transfer")
    assert call.asked[0] == "dial +15105550123"
    assert "delete_room" not in call.asked
    assert "remove_participant" not in call.asked
    assert call.at("TransferEnded")[0] - call.at("TransferStarted")[0] == pytest.approx(14, abs=0.1)


def test_the_caller_hears_neither_the_briefing_nor_the_colleague_until_the_two_are_joined() -> None:
    call = transfer(Callee(after=4, keys="1", thinks=10))
    assert spoken_to_caller(call, after="TransferStarted") == []
    subscriptions = [one for one in call.asked if "a track" in one]
    assert set(subscriptions[:-2]) == {"caller does not hear a track", "colleague does not hear a track"}
    assert set(subscriptions[-2:]) == {"caller hears a track", "colleague hears a track"}


@pytest.mark.parametrize(
    ("callee", "status"),
    [
        (Callee(code=486), "busy"),
        (Callee(keys="2", thinks=5), "declined"),
        *(
            pytest.param(callee, status, marks=pytest.mark.slow)
            for callee, status in (
                (Callee(code=603), "declined"),
                (Callee(code=None), "no_answer"),
                (Callee(code=404), "unreachable"),
                (Callee(code=407), "failed"),
                (Callee(), "undecided"),
            )
        ),
    ],
)
def test_the_caller_is_taken_back_with_the_reason_and_the_agent_speaks_again(callee: Callee, status: str) -> None:
    call = transfer(callee)
    assert result(call) == status
    assert call.reason == "caller_hung_up"
    assert "Nobody can take your call" in " ".join(call.said)
    modes = [one.body["mode"] for one in call.records if one.name == "QuietChanged"]
    assert modes == ["hold", ""]


def test_a_colleague_who_declines_is_hung_up() -> None:
    assert "remove_participant" in transfer(Callee(keys="2", thinks=5)).asked


@pytest.mark.parametrize("rings", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_a_caller_who_hangs_up_on_hold_ends_the_call_and_the_colleague_is_hung_up(rings: float) -> None:
    async def gives_up(caller: ScriptedCaller) -> None:
        await caller.hears("How can I help")
        await caller.presses("0")
        await caller.silent(8)
        await caller.hangs_up()

    call = transfer(Callee(after=rings), gives_up)
    assert (call.reason, result(call)) == ("caller_hung_up", "caller_left")
    assert "on hold during a warm transfer" in call.detail
    assert "remove_participant" in call.asked


def test_the_ladder_says_nothing_to_a_caller_on_hold() -> None:
    call = transfer(Callee(after=20, keys="1", thinks=30))
    assert [one for one in call.said if "still there" in one] == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"to": "sip:x@y"}, "the trunk has the host"),
        ({"brief": " "}, "the briefing has no words"),
        ({"decide": 1}, "between 5 and 180"),
        ({"function": True}, "returned 7"),
    ],
)
def test_a_transfer_that_cannot_begin_raises_and_changes_nothing(options: dict[str, Any], said: str) -> None:
    call = transfer(Callee(), **options)
    assert said in " ".join(call.timeline.split())
    assert call.at("TransferStarted") == call.at("QuietChanged") == []
