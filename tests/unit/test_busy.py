"""A phone is rejected as busy only if nobody but ringing phones is in its room."""

import asyncio

import pytest
from livekit.protocol.models import ParticipantInfo

from offhook.settings import Settings
from offhook.worker.busy import BusyPhones, phones_to_reject

KIND = ParticipantInfo.Kind


def person(name: str, kind: int, **attributes: str) -> ParticipantInfo:
    named = {f"sip.{key}": value for key, value in attributes.items()}
    return ParticipantInfo(identity=name, kind=kind, attributes=named)  # type: ignore[arg-type]  # an enum's number


def phone(name: str = "sip_1", status: str = "ringing", rule: str = "SDR_1") -> ParticipantInfo:
    return person(name, KIND.SIP, callStatus=status, ruleID=rule)


def test_phones_that_ring_alone_are_rejected() -> None:
    assert phones_to_reject([phone()]) == ["sip_1"]
    assert phones_to_reject([phone("sip_1"), phone("sip_2")]) == ["sip_1", "sip_2"]
    assert phones_to_reject([]) == []


@pytest.mark.parametrize(
    "somebody",
    [
        person("agent", KIND.AGENT),
        person("colleague", KIND.STANDARD),
        person("recorder", KIND.EGRESS),
        person("liar", KIND.STANDARD, callStatus="ringing", ruleID="SDR_1"),
        phone("sip_2", status="active"),
        phone("sip_2", rule=""),
    ],
    ids=lambda one: one.identity,
)
def test_with_anybody_else_in_the_room_nobody_is_rejected(somebody: ParticipantInfo) -> None:
    assert phones_to_reject([phone(), somebody]) == []


@pytest.mark.parametrize("alone", [phone(status="active"), phone(status="dialing"), phone(rule="")])
def test_a_phone_that_is_answered_or_that_somebody_dialled_is_not_rejected(alone: ParticipantInfo) -> None:
    assert phones_to_reject([alone]) == []


async def test_with_zero_seconds_no_room_is_looked_after_and_each_room_only_once() -> None:
    off, on = BusyPhones(Settings(busy_after=0)), BusyPhones(Settings(busy_after=60))
    off.refused("one")
    for room in ("one", "one", "two"):
        on.refused(room)
    names = sorted(task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("offhook busy"))
    await on.stop()
    assert names == ["offhook busy one", "offhook busy two"]
