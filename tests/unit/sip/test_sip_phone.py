"""Two telephones call each other on the loopback interface: every message, the audio, and the keys."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from offhook.core.errors import OffhookError
from offhook.testing import WaitTimeoutError
from offhook.testing.sip import SipLeg, SipPhone, Transfer
from offhook.testing.sip.dialog import Dialog
from offhook.testing.sip.keys import KeyReader, key_payloads
from offhook.testing.sip.message import SipMessage, tag_of, uri_of
from offhook.testing.sip.pcmu import decode, encode
from offhook.testing.sip.sdp import Media
from offhook.testing.speech import RATE

pytestmark = pytest.mark.slow


@pytest.fixture
async def alice() -> AsyncIterator[SipPhone]:
    async with SipPhone("+15551230000") as phone:
        yield phone


@pytest.fixture
async def bob() -> AsyncIterator[SipPhone]:
    async with SipPhone("+15550001111") as phone:
        yield phone


async def connected(alice: SipPhone, bob: SipPhone) -> tuple[SipLeg, SipLeg]:
    out = alice.call("+15550001111", bob.address)
    ringing = await bob.rings()
    ringing.answer()
    await out.answered()
    await ringing.expect("the ACK", lambda: ringing.at("ACK"), 5)
    return out, ringing


def tone(seconds: float) -> np.ndarray:
    return (8000 * np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * 440 / RATE)).astype(np.int16)


async def test_a_call_rings_is_answered_and_ends_by_bye(alice: SipPhone, bob: SipPhone) -> None:
    out = alice.call("+15550001111", bob.address, name="Alice", headers={"X-Tenant": "blue"})
    here = await bob.rings()
    assert (here.invite.get("x-tenant"), uri_of(here.invite.get("To"))) == (
        "blue",
        f"sip:+15550001111@127.0.0.1:{bob.address[1]}",
    )
    assert here.invite.get("From").startswith('"Alice" <sip:+15551230000@')
    here.ring()
    await out.ringing()
    here.answer({"X-Answered-By": "bob"})
    await out.answered()
    answer = out.message("200")
    assert answer is not None
    assert answer.get("X-Answered-By") == "bob"
    await out.hang_up()
    assert (await here.ended(), out.reason) == ("BYE", "hung up")


async def test_the_side_that_was_called_can_hang_up(alice: SipPhone, bob: SipPhone) -> None:
    out, here = await connected(alice, bob)
    await here.hang_up()
    assert (await out.ended(), out.status, here.reason) == ("BYE", 200, "hung up")


async def test_a_refusal_ends_the_call_with_its_status(alice: SipPhone, bob: SipPhone) -> None:
    out = alice.call("+15550001111", bob.address)
    (await bob.rings()).decline(486, "Busy Here")
    with pytest.raises(WaitTimeoutError, match=r"for an answer, without success; [^.]*(.|\n)* 486 Busy Here"):
        await out.answered()
    assert (out.reason, out.status) == ("486 Busy Here", 486)


async def test_a_caller_can_give_up_while_it_rings(alice: SipPhone, bob: SipPhone) -> None:
    out = alice.call("+15550001111", bob.address)
    here = await bob.rings()
    here.ring()
    await out.ringing()
    await out.hang_up()
    assert (await here.ended(), out.reason) == ("CANCEL", "hung up")


async def test_a_phone_that_rings_can_be_hung_up(alice: SipPhone, bob: SipPhone) -> None:
    out = alice.call("+15550001111", bob.address)
    await (await bob.rings()).hang_up()
    assert await out.ended() == "603 Decline"


async def test_a_line_is_heard_whole_and_in_time(alice: SipPhone, bob: SipPhone) -> None:
    out, here = await connected(alice, bob)
    spoken = await out.rtp.say(tone(0.3))
    ended = await here.quiet(for_=0.1)
    (heard,) = here.heard
    assert heard.ended_at - heard.started_at == pytest.approx(0.3, abs=0.005)
    assert heard.started_at == pytest.approx(spoken.started_at, abs=0.05)
    assert ended == heard.ended_at


async def test_keys_arrive_in_order_both_ways(alice: SipPhone, bob: SipPhone) -> None:
    out, here = await connected(alice, bob)
    await asyncio.gather(out.press("12#"), here.press("*9"))
    await here.pressed("12#")
    await out.pressed("*9")
    with pytest.raises(OffhookError, match="no key 'x' on a phone"):
        await out.press("x")


async def test_a_held_call_is_offered_again_and_a_silent_hold_sends_nothing(alice: SipPhone, bob: SipPhone) -> None:
    out, here = await connected(alice, bob)
    await here.expect("audio", lambda: here.rtp.last_packet_at, 5)
    assert (await out.hold("sendonly", silent=True)).status == 200
    offer = here.message("INVITE")
    again = [message for _, name, message in here.messages if name == "INVITE"][1]
    assert offer is not None
    assert [Media.parse(one.body).direction for one in (offer, again)] == ["sendrecv", "sendonly"]  # type: ignore[union-attr]
    last = here.rtp.last_packet_at
    await here.rtp.say(tone(0.1))
    assert here.rtp.last_packet_at == last
    await out.resume()
    await here.expect("audio", lambda: here.rtp.last_packet_at != last or None, 5)


@pytest.mark.parametrize(("status", "notified"), [(202, 2), (603, 0)])
async def test_a_transfer_is_accepted_with_notifies_or_refused(
    alice: SipPhone, bob: SipPhone, status: int, notified: int
) -> None:
    out, here = await connected(alice, bob)
    out.transfer = Transfer(status)
    refer = here.dialog.request("REFER", {"Refer-To": "<tel:+15559990000>"})
    answer = await here._signalling.request(here, refer)
    assert (answer.status, out.referred_to) == (status, "tel:+15559990000")
    for _ in range(notified):
        await here.expect("a NOTIFY", lambda: here.at("NOTIFY"), 5)
    lines = [message.body.strip().decode() for _, name, message in here.messages if name == "NOTIFY"]
    assert lines == list(out.transfer.notify)[: len(lines)]


async def test_an_answer_that_crosses_the_cancel_is_ended_with_bye(alice: SipPhone, bob: SipPhone) -> None:
    out = alice.call("+15550001111", bob.address)
    here = await bob.rings()
    given_up = asyncio.create_task(out.hang_up())
    here.answer()
    assert await here.ended() == "BYE"
    await given_up


async def test_a_message_that_comes_twice_is_answered_twice_and_counts_once(alice: SipPhone, bob: SipPhone) -> None:
    out, here = await connected(alice, bob)
    bye = out.dialog.request("BYE")
    for _ in range(2):
        answer = await out._signalling.request(out, bye)
        assert answer.status == 200
    assert [name for _, name, _ in here.messages] == ["INVITE", "ACK", "BYE"]
    out.end("test", 0)


async def test_a_request_of_no_call_is_refused_and_nonsense_is_kept(alice: SipPhone, bob: SipPhone) -> None:
    out, _ = await connected(alice, bob)
    alice.send(b"\xff\x00 hello", bob.address)
    bob.legs.clear()
    assert (await out._signalling.request(out, out.dialog.request("BYE"))).status == 481
    assert bob.nonsense == [b"\xff\x00 hello"]
    out.end("test", 0)


def test_the_ack_of_a_refusal_belongs_to_the_invite_and_the_ack_of_an_answer_does_not() -> None:
    dialog = Dialog(("h", 1), ("p", 2), "id", "<sip:a@h>;tag=1", "<sip:b@p>", "sip:b@p")
    invite = dialog.request("INVITE")
    acks = [
        dialog.ack(SipMessage(f"SIP/2.0 {status} x", [("To", "<sip:b@p>;tag=2"), ("CSeq", "1 INVITE")]), invite)
        for status in (486, 200)
    ]
    assert [one.branch == invite.branch for one in acks] == [True, False]
    assert [(one.method, one.sequence, one.get("To")) for one in acks] == [("ACK", 1, "<sip:b@p>;tag=2")] * 2


def test_pcmu_keeps_length_and_loudness() -> None:
    pcm = tone(0.2)
    back = decode(encode(pcm))
    assert len(back) == len(pcm)
    loudness = [float(np.sqrt(np.mean(one.astype(np.float64) ** 2))) for one in (pcm, back)]
    assert loudness[1] == pytest.approx(loudness[0], rel=0.03)
    assert encode(np.zeros(480, np.int16)) == b"\xff" * 80


def test_a_key_counts_once_whatever_packets_are_lost() -> None:
    reader = KeyReader()
    packets = list(key_payloads("7"))
    for payload in packets[3:]:
        reader.take(payload, 160, 1.0)
    reader.take(packets[0], 320, 2.0)
    reader.take(b"\x07", 480, 3.0)
    assert reader.keys == [(1.0, "7"), (2.0, "7")]


def test_a_message_survives_writing_and_reading() -> None:
    head = "INVITE sip:a@b SIP/2.0\nv: SIP/2.0/UDP h;branch=z9;rport\nSubject: two\n lines\nCSeq: 7 INVITE\n\nbody"
    one = SipMessage.parse(head.replace("\n", "\r\n").encode())
    assert (one.method, one.status, one.branch, one.sequence, one.get("subject")) == ("INVITE", 0, "z9", 7, "two lines")
    again = SipMessage.parse(one.dump())
    assert (again.start, again.body, again.get("Content-Length")) == (one.start, b"body", "4")
    assert tag_of('"A;tag=no" <sip:a@b;tag=no>;tag=yes') == "yes"
    assert uri_of("sip:a@b;tag=1") == "sip:a@b"
    for wrong in (b"", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\x80\x00\x01"):
        with pytest.raises(OffhookError, match="this is no SIP message"):
            SipMessage.parse(wrong)
    assert Media.parse(b"v=0\r\n") is None
