"""Agents that dial by themselves under `supervise`: an unanswered phone is the reason of the call."""

from pathlib import Path

import pytest

from offhook.testing import Callee, simulate

AGENT = Path(__file__).parent / "agents" / "own_dial.py"


@pytest.mark.parametrize(
    ("code", "reason"),
    [("486", "busy"), ("603", "declined"), ("480", "no_answer"), ("404", "unreachable"), ("503", "unreachable")],
)
def test_the_error_of_an_unanswered_phone_is_the_reason_and_nobody_apologises(code: str, reason: str) -> None:
    call = simulate(AGENT, callees=[Callee()], metadata=code)
    assert (call.reason, call.said) == (reason, [])
    assert call.detail.startswith(f"SIP {code}")


@pytest.mark.parametrize(("callee", "reason"), [(Callee(code=603), "declined"), (Callee(code=None), "no_answer")])
def test_a_phone_that_leaves_before_the_error_comes_is_the_reason_too(callee: Callee, reason: str) -> None:
    call = simulate(AGENT, callees=[callee])
    assert (call.reason, call.said) == (reason, [])


def test_a_sip_error_while_somebody_is_on_the_line_is_an_error_and_apologises() -> None:
    call = simulate(AGENT, metadata="486")
    assert call.reason == "error"
    assert call.at("Say") != []
