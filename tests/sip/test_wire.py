"""Calls over a real livekit-sip: `make test-sip`. They are skipped where it is not installed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.sip.conftest import Wire
from tests.sip.scenarios import SCENARIOS, client, greeted

from offhook.checks.sip import examine, fetch_config
from offhook.testing.sip import SipPhone, Transfer

pytestmark = pytest.mark.live


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[one.__name__ for one in SCENARIOS])
async def test_scenario(scenario: Callable[[Any], Awaitable[None]], wire: Wire) -> None:
    await scenario(wire)


async def test_the_phone_rings_at_once_and_is_answered_when_the_plan_is_there(wire: Wire) -> None:
    async with wire.call("+15550001113") as leg:
        assert await leg.ringing() - leg.joined_at < 0.5
        assert await leg.answered() - leg.joined_at > 3


async def test_a_header_of_the_call_reaches_the_plan(wire: Wire) -> None:
    async with wire.call(tenant="red") as leg:
        await greeted(wire, leg)
        room = await wire.room(leg)
        await wire.stage.tells(room, "MessageCommitted", text="Hello, red hotel.")


async def test_a_transfer_that_the_phone_accepts_ends_the_call(wire: Wire) -> None:
    async with wire.call() as leg:
        await greeted(wire, leg)
        room = await wire.room(leg)
        async with client(wire) as opened:
            await opened.call(room).transfer("+15559990000", wait=False)
            assert await leg.ended() == "BYE"
        assert leg.referred_to == "tel:+15559990000"
        assert (await wire.stage.over(room))["reason"] == "transferred"


async def test_a_transfer_that_the_phone_refuses_leaves_the_call_as_it_was(wire: Wire) -> None:
    async with wire.call() as leg:
        leg.transfer = Transfer(603)
        await greeted(wire, leg)
        room = await wire.room(leg)
        async with client(wire) as opened:
            report = await opened.call(room).transfer("+15559990000")
            assert report.status == "failed"
            assert "603" in report.detail
        await leg.press("1")
        assert await leg.ended() == "BYE"
        assert (await wire.stage.over(room))["reason"] == "agent_ended"


async def test_a_transfer_whose_other_phone_declines_leaves_the_call_as_it_was(wire: Wire) -> None:
    async with wire.call() as leg:
        leg.transfer = Transfer(notify=("SIP/2.0 100 Trying", "SIP/2.0 603 Decline"))
        await greeted(wire, leg)
        async with client(wire) as opened:
            report = await opened.call(await wire.room(leg)).transfer("+15559990000")
            assert report.status == "failed"
        await leg.press("1")
        assert await leg.ended() == "BYE"


async def test_a_caller_who_hangs_up_during_a_transfer_is_not_transferred(wire: Wire) -> None:
    async with wire.call() as leg:
        leg.transfer = Transfer(notify=("SIP/2.0 100 Trying",))
        await greeted(wire, leg)
        room = await wire.room(leg)
        async with client(wire) as opened:
            await opened.call(room).transfer("+15559990000", wait=False)
            await wire.stage.tells(room, "TransferStarted")
            await leg.expect("the REFER", lambda: leg.referred_to or None, 5)
            await leg.hang_up()
            assert (await wire.stage.over(room))["reason"] == "caller_hung_up"
        assert {one["status"] for one in wire.stage.bodies(room, "TransferEnded")} == {"unknown"}


async def test_a_header_of_the_hang_up_is_on_the_bye(wire: Wire) -> None:
    async with wire.call() as leg:
        await greeted(wire, leg)
        await leg.press("3")
        assert await leg.ended() == "BYE"
        bye = leg.message("BYE")
        assert bye is not None
        assert bye.get("X-Outcome") == "sold"


async def test_keys_of_the_agent_reach_the_phone(wire: Wire) -> None:
    async with wire.call() as leg:
        await greeted(wire, leg)
        async with client(wire) as opened:
            await opened.call(await wire.room(leg)).dtmf("42#")
        await leg.pressed("42#")


async def test_a_hold_without_audio_ends_at_the_media_timeout_of_the_trunk(wire: Wire) -> None:
    async with wire.call("+15550001114") as leg:
        await greeted(wire, leg)
        room = await wire.room(leg)
        assert (await leg.hold(silent=True)).status == 200
        held = asyncio.get_running_loop().time()
        assert await leg.ended() == "BYE"
        assert asyncio.get_running_loop().time() - held == pytest.approx(6, abs=1)
        assert (await wire.stage.over(room))["reason"] == "media_lost"


async def test_an_answer_of_more_than_1300_bytes_is_not_sent_and_the_doctor_warns_of_it(wire: Wire) -> None:
    trunk = await wire.exchange.number("+15550001120", trunk={"headers": {"X-Long": "x" * 1000}})
    async with wire.call("+15550001120") as leg, client(wire) as opened:
        await leg.ringing()
        with pytest.raises(AssertionError, match="without success"):
            await leg.answered(timeout=2)
        found = examine(await fetch_config(opened.api, ["wire"]))
        (subject,) = [one for one in found.subjects if trunk in one.name]
        assert "large_headers" in {one.code for one in subject.findings}


async def test_a_number_that_no_trunk_has_rings_once_and_is_explained_by_the_doctor(wire: Wire) -> None:
    async with SipPhone("+15551239999") as phone, client(wire) as opened:
        leg = phone.call("+15559999999", wire.exchange.sip.address)
        await leg.ringing()
        found = examine(await fetch_config(opened.api, ["wire"]), number="+15559999999")
        (number,) = [one for one in found.subjects if one.name == "number +15559999999"]
        assert [one.code for one in number.findings] == ["no_trunk"]
        with pytest.raises(AssertionError, match="without success"):
            await leg.answered(timeout=1)


async def test_a_second_call_with_the_same_number_into_one_room_takes_the_place_of_the_first(wire: Wire) -> None:
    async with SipPhone("+15551238888") as phone:
        first = phone.call("+15550001115", wire.exchange.sip.address)
        await greeted(wire, first)
        second = phone.call("+15550001115", wire.exchange.sip.address)
        assert await first.ended() == "BYE"
        await greeted(wire, second)
        await second.press("1")
        assert await second.ended() == "BYE"
