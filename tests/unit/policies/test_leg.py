"""Which goodbye a phone can hear, and why a phone left: LiveKit gives one reason for many causes."""

from collections.abc import Sequence

import pytest

from offhook.core.decisions import Decision, HangUp, Say
from offhook.core.facts import (
    CallerFound,
    CallerLeft,
    CallerStatus,
    Connected,
    EndRequested,
    Fact,
    LinePlayed,
    MediaLost,
    MediaRestored,
    OtherParticipants,
    Tick,
    TransferEnded,
    TransferStarted,
)
from offhook.core.headers import Header
from offhook.policies.ending import EndingPolicy

INBOUND = CallerFound("sip_1", phone=True, active=True)
RINGING = CallerFound("sip_1", phone=True, active=False)
DIALLED = CallerFound("sip_1", phone=True, active=False, direction="outbound")
ANSWERED = CallerStatus("active")
WEB = CallerFound("ada", phone=False, active=True)
LEFT = CallerLeft("client_initiated")
BROKEN = EndRequested("error", by="entrypoint")
TRANSFER = TransferStarted("tel:+15550100")


def after(*facts: Fact, now: float = 20.0) -> Sequence[Decision]:
    """What the ending policy decides at the last of these facts, which comes at `now`; the others come at 10 s."""
    policy = EndingPolicy()
    for fact in facts[:-1]:
        policy.handle(fact, 10.0)
    return policy.handle(facts[-1], now)


def why(*facts: Fact) -> tuple[str, str]:
    (decision,) = after(*facts)
    assert isinstance(decision, HangUp)
    return decision.reason, decision.detail


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ([INBOUND], ("caller_hung_up", "client_initiated")),
        ([RINGING], ("caller_hung_up", "client_initiated")),
        ([DIALLED, ANSWERED], ("caller_hung_up", "client_initiated")),
        (
            [INBOUND, MediaLost("caller", since=9.0)],
            ("media_lost", "client_initiated, no packet of the phone for 11.0 s"),
        ),
        (
            [INBOUND, MediaLost("caller", since=5.0), MediaRestored("caller", 3.0)],
            ("caller_hung_up", "client_initiated"),
        ),
        ([INBOUND, MediaLost("server", since=5.0)], ("caller_hung_up", "client_initiated")),
        ([WEB, MediaLost("caller", since=9.0)], ("caller_hung_up", "client_initiated")),
        ([INBOUND, TRANSFER, TransferEnded("done")], ("transferred", "client_initiated")),
        (
            [INBOUND, TransferStarted("+15550100", kind="warm")],
            ("caller_hung_up", "client_initiated, on hold during a warm transfer"),
        ),
        ([INBOUND, TRANSFER, TransferEnded("failed")], ("caller_hung_up", "client_initiated")),
        (
            [INBOUND, TRANSFER],
            ("caller_hung_up", "client_initiated, during a transfer whose result is not known"),
        ),
    ],
)
def test_a_caller_who_left_has_the_reason_that_the_facts_show(facts: list[Fact], reason: tuple[str, str]) -> None:
    assert why(*facts, LEFT) == reason


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        ("user_rejected", "declined"),
        ("user_unavailable", "no_answer"),
        ("client_initiated", "unreachable"),
        ("participant_removed", "no_answer"),
    ],
)
def test_a_dialled_phone_that_did_not_answer_has_a_reason_of_its_own(left: str, reason: str) -> None:
    assert why(DIALLED, CallerLeft(left)) == (reason, f"{left}, the phone did not answer")


@pytest.mark.parametrize("facts", [[DIALLED], [DIALLED, CallerStatus("ringing")], [Connected("room", "agent")]])
def test_nothing_is_said_to_a_leg_that_is_not_there(facts: list[Fact]) -> None:
    (decision,) = after(*facts, BROKEN)
    assert isinstance(decision, HangUp)
    assert decision.why == "error by entrypoint; nobody can hear the goodbye"


@pytest.mark.parametrize("facts", [[DIALLED, ANSWERED], [RINGING], [Connected("room", "agent"), WEB]])
def test_an_apology_is_said_to_whoever_can_hear_it(facts: list[Fact]) -> None:
    (decision,) = after(*facts, BROKEN)
    assert isinstance(decision, Say)


def scope(*facts: Fact) -> str:
    (decision,) = after(*facts, EndRequested("agent_ended", goodbye="", scope="agent"))
    assert isinstance(decision, HangUp)
    return decision.scope


def test_a_phone_does_not_stay_alone_in_a_room() -> None:
    assert scope(INBOUND) == "caller"
    assert scope(INBOUND, OtherParticipants(1)) == "agent"
    assert scope(INBOUND, OtherParticipants(0, agents=1)) == "agent"
    assert scope(WEB) == "agent"


def test_the_headers_of_the_request_go_into_the_hang_up() -> None:
    headers = (Header("X-Outcome", "sold"),)
    (decision,) = after(INBOUND, EndRequested("agent_ended", goodbye="", headers=headers))
    assert isinstance(decision, HangUp)
    assert decision.headers == headers


def test_another_phone_call_with_the_callers_identity_gets_an_agent_of_its_own() -> None:
    (decision,) = after(INBOUND, CallerLeft("duplicate_identity", successor=True))
    assert decision == HangUp(
        "caller_hung_up",
        "agent",
        "duplicate_identity",
        successor=True,
        why="another phone call has the caller's identity",
    )


def test_a_request_after_a_transfer_ends_the_call_as_transferred_without_a_goodbye() -> None:
    (decision,) = after(INBOUND, TRANSFER, TransferEnded("done"), BROKEN)
    assert isinstance(decision, HangUp)
    assert (decision.reason, decision.detail) == ("transferred", "error: ")
    left = EndRequested("transferred", goodbye="", by="transfer", detail="late")
    assert why(INBOUND, TransferEnded("done"), left) == ("transferred", "late")


def test_the_tail_is_that_of_the_callers_leg() -> None:
    for caller, tail in ((INBOUND, 0.3), (WEB, 0.12)):
        policy = EndingPolicy()
        for fact in (caller, EndRequested("agent_ended", goodbye="Bye."), LinePlayed("goodbye")):
            policy.handle(fact, 10.0)
        assert policy.deadline == pytest.approx(10 + tail)
        (decision,) = policy.handle(Tick(), 10.5)
        assert isinstance(decision, HangUp)
