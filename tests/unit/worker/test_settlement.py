"""How a call ends whose process is gone: from what its journal says was decided and done."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.worker.lost import LOST, TALKING, records

from offhook.core.decisions import HangUp
from offhook.core.ending import Ending
from offhook.core.facts import (
    CallerFound,
    Connected,
    DialRequested,
    EndCancelled,
    Ended,
    EndRequested,
    Fact,
    HangUpDone,
    JobAccepted,
    MessageCommitted,
    OtherParticipants,
    PlanFailed,
    Planned,
    RoomDisconnected,
    SessionClosed,
)
from offhook.room.server_link import GAVE_UP
from offhook.room.settlement import CRASHED, OrphanRoom, Settlement, settle

AGENT_LEAVES = (*TALKING[:3], Planned(ending=Ending(scope="agent"), takeover="Sorry."), OtherParticipants(1))
FOUND = CallerFound("anna", phone=True, active=True)


def settled(*values: Any) -> Settlement:
    return settle(records(*values), LOST)


def what(orphan: OrphanRoom | None) -> tuple[object, ...] | None:
    return (orphan.scope, orphan.takeover, orphan.only_alone) if orphan else None


@pytest.mark.parametrize(
    ("values", "reason", "orphan"),
    [
        (TALKING, "error", ("room", True, False)),
        (TALKING[:1], "error", ("room", True, False)),
        (AGENT_LEAVES, "error", ("room", True, True)),
        ((*TALKING[:3], Planned(ending=Ending(scope="caller"))), "error", ("caller", False, False)),
        ((*TALKING, EndRequested("silence", goodbye="Bye.")), "silence", ("room", False, False)),
        ((*AGENT_LEAVES, EndRequested("agent_ended")), "agent_ended", None),
        ((*AGENT_LEAVES, EndRequested("agent_ended", scope="caller")), "agent_ended", ("caller", False, False)),
        ((*TALKING, EndRequested("silence"), EndCancelled("silence")), "error", ("room", True, False)),
        ((*TALKING, EndRequested("shutdown", goodbye="", by="livekit")), "error", ("room", True, False)),
        ((*TALKING, PlanFailed("it raised")), "error", ("room", False, False)),
        ((*TALKING, SessionClosed("error", "no TTS")), "error", ("room", False, False)),
        ((*TALKING[:2], DialRequested("+4930", "ST_1", "phone", 30.0)), "error", ("room", False, False)),
        ((*TALKING, SessionClosed("job_shutdown")), "error", ("room", True, False)),
        ((*TALKING, HangUp("silence", "room")), "silence", ("room", False, False)),
        ((*TALKING, HangUp("silence", "room"), HangUpDone("room")), "silence", None),
        ((*TALKING, HangUp("silence", "room"), HangUpDone("room", left_open="500")), "silence", ("room", False, False)),
        ((*TALKING, HangUp("caller_hung_up", "agent")), "caller_hung_up", None),
        ((*TALKING, HangUp("agent_ended", "agent"), HangUpDone("agent")), "agent_ended", None),
        ((*TALKING, HangUp("agent_ended", "caller")), "agent_ended", ("caller", False, False)),
        ((*TALKING, RoomDisconnected("room_deleted")), "room_closed", None),
        ((*TALKING, RoomDisconnected(GAVE_UP)), "room_closed", ("caller", False, False)),
    ],
)
def test_a_call_without_an_end_gets_the_reason_that_was_decided_and_only_what_it_wanted_closed_is_closed(
    values: Sequence[Any], reason: str, orphan: tuple[object, ...] | None
) -> None:
    found = settled(*values)
    assert found.ended is not None
    assert (found.ended.reason, CRASHED in found.ended.detail) == (reason, True)
    assert what(found.orphan) == orphan


def test_a_call_that_took_over_another_is_not_taken_over_again() -> None:
    assert what(settle(records(*TALKING), replace(LOST, resumes="AJ_0")).orphan) == ("room", False, False)


def test_without_any_record_the_room_is_closed_if_the_agent_is_still_listed() -> None:
    found = settle([], LOST)
    assert found.ended == Ended("error", detail=CRASHED)
    assert found.orphan == OrphanRoom(
        "AJ_1", "room-1", "agent-AJ_1", since=LOST.since, agent_name="desk", unsure=True, joined=True
    )


def test_a_new_agent_gets_what_both_said_but_no_redacted_words() -> None:
    orphan = settled(*TALKING, MessageCommitted("user", "[forgotten]"), MessageCommitted("system", "x")).orphan
    assert orphan is not None
    assert orphan.turns == (("assistant", "Hello."), ("user", "Hi."))


@pytest.mark.parametrize(
    ("facts", "orphan"),
    [
        ((FOUND, HangUpDone("room", left_open="500")), ("room", "anna", False)),
        ((FOUND, HangUpDone("caller", left_open="500")), ("caller", "anna", False)),
        ((HangUpDone("caller", left_open="500"),), ("room", "", False)),
        ((FOUND, HangUpDone("agent", left_open="500")), None),
        ((FOUND, RoomDisconnected(GAVE_UP)), ("caller", "anna", True)),
        ((FOUND, HangUp("silence", "room"), RoomDisconnected(GAVE_UP)), ("room", "anna", False)),
        ((FOUND, HangUp("silence", "agent"), RoomDisconnected(GAVE_UP)), None),
        ((FOUND, HangUp("silence", "room"), RoomDisconnected("room_deleted")), None),
        ((FOUND, RoomDisconnected("room_deleted")), None),
        ((RoomDisconnected(GAVE_UP),), None),
        ((FOUND, HangUpDone("room"), RoomDisconnected(GAVE_UP)), None),
        ((FOUND, HangUpDone("room")), None),
        ((FOUND,), None),
        ((), None),
    ],
)
def test_what_an_ended_call_left_open_is_read_from_the_journal(
    facts: tuple[Fact, ...], orphan: tuple[object, ...] | None
) -> None:
    found = settled(JobAccepted("room-1"), Connected("room-1", "agent-AJ_1"), *facts, Ended("silence"))
    left = found.orphan
    assert found.ended is None
    assert ((left.scope, left.caller, left.caller_may_return) if left else None) == orphan
