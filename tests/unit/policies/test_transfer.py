"""A transfer keeps offhook silent, and a transferred phone that stays is hung up."""

import pytest

from offhook.core.decisions import EndCall, Say
from offhook.core.facts import (
    CallerFound,
    CallerLeft,
    EndRequested,
    Fact,
    PauseChanged,
    SpeechNotPlayed,
    Tick,
    TransferEnded,
    TransferStarted,
)
from offhook.policies.transfer import LEAVE, TransferPolicy

from .answering import ONE, asks, listens, run, thinks, tool
from .conftest import Climb

STARTED = TransferStarted("tel:+15550100")
PAUSED, RESUMED = PauseChanged("transfer", paused=True), PauseChanged("transfer", paused=False)
KEYS, NO_KEYS = PauseChanged("keys", paused=True), PauseChanged("keys", paused=False)


def test_a_transferred_phone_that_does_not_leave_is_hung_up() -> None:
    policy = TransferPolicy()
    policy.handle(TransferEnded("done"), 10.0)
    assert policy.deadline == 10 + LEAVE
    assert policy.handle(Tick(), 14.9) == ()
    (end,) = policy.handle(Tick(), 15.0)
    assert isinstance(end, EndCall)
    assert (end.reason, end.scope, end.goodbye) == ("transferred", "caller", "")
    assert policy.deadline is None


@pytest.mark.parametrize("fact", [CallerLeft("client_initiated"), EndRequested("agent_ended")])
def test_a_transferred_phone_that_leaves_is_not(fact: Fact) -> None:
    policy = TransferPolicy()
    policy.handle(TransferEnded("done"), 10.0)
    policy.handle(fact, 11.0)
    assert policy.deadline is None


def test_a_failed_transfer_hangs_nobody_up() -> None:
    policy = TransferPolicy()
    policy.handle(TransferEnded("failed"), 10.0)
    assert policy.deadline is None


def test_the_ladder_waits_for_a_transfer_and_starts_again_after_a_failure(call: Climb) -> None:
    failed = [(40, TransferEnded("failed")), (40, RESUMED)]
    steps = call.run([call.listens(0), (5, STARTED), (5, PAUSED), *failed], until=49)
    assert [(at, one.text) for at, one in steps if isinstance(one, Say)] == [(48, "Still there?")]


def test_no_filler_is_said_into_a_transfer() -> None:
    answering = [listens(0), *asks(1, 2), thinks(2.7), *tool(3, 100)]
    assert run([*answering, (3, STARTED)], until=99) == []
    assert run([*answering, (3, STARTED), (4, TransferEnded("done"))], until=99) == []


def test_after_a_failed_transfer_the_caller_gets_an_answer_in_time() -> None:
    answering = [listens(0), *asks(1, 2), thinks(2.7), *tool(3, 30), thinks(30)]
    decisions = run([*answering, (3, STARTED), (29.9, TransferEnded("failed"))], until=35)
    assert [one.text for _, one in decisions if isinstance(one, Say)] == [ONE]


def test_no_filler_is_said_while_the_caller_enters_keys() -> None:
    answering = [listens(0), *asks(1, 2), thinks(2.7), *tool(3, 100)]
    assert run([*answering, (3, KEYS)], until=99) == []
    decisions = run([*answering, (3, KEYS), (60, NO_KEYS)], until=99)
    assert not [one for at, one in decisions if at < 60]


def test_no_decision_is_made_for_a_phone_that_rings() -> None:
    facts = [(0, CallerFound("sip_1", phone=True, active=False, direction="outbound")), *asks(1, 2)]
    assert run([*facts, (3, SpeechNotPlayed("Hello.")), (4, SpeechNotPlayed("Hello."))], until=600) == []


def test_a_phone_that_rings_gets_no_retry_of_an_answer_either() -> None:
    calls = [fact for n in range(20) for fact in tool(3 + n, 3.5 + n)]
    ringing = (0, CallerFound("sip_1", phone=True, active=False, direction="outbound"))
    assert run([*asks(1, 2), thinks(2.7), *calls], until=30) != []
    assert run([ringing, *asks(1, 2), thinks(2.7), *calls], until=30) == []
