"""All SIP headers are asked from the phone when they are needed; what goes wrong there is a typed error."""

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from livekit import rtc

from offhook.core.call import Call, Caller
from offhook.core.errors import OffhookError, RoomError, UnsupportedError
from offhook.core.sip.read import read_sip
from offhook.core.sip.sip_facts import SipFacts
from offhook.room.sip_headers import TIMEOUT, fetch_headers, remember_room
from offhook.testing import Phone
from offhook.testing.virtual import run

PHONE = Phone(headers={"X-Tenant": "acme", "From": '"Ada" <sip:+15105550100@carrier>'}, include_headers=False)
CALL = Call("AJ_1", "room", Caller("sip_1", "phone"), sip=read_sip(PHONE.attributes()))
CODES = rtc.RpcError.ErrorCode


class Room:
    """The part of a LiveKit room that is used here; `reply` is what the phone answers, None for a phone that hangs."""

    def __init__(self, reply: str | Exception | None) -> None:
        self.reply, self.asked = reply, list[str]()
        self.local_participant = SimpleNamespace(perform_rpc=self.perform_rpc)

    async def perform_rpc(self, *, destination_identity: str, method: str, payload: str, **_: Any) -> str:
        self.asked.append(f"{destination_identity} {method} {payload}")
        if self.reply is None:
            await asyncio.Event().wait()
        if isinstance(self.reply, Exception):
            raise self.reply
        return str(self.reply)


def fetched(room: Room, *names: str, call: Call = CALL) -> SipFacts:
    async def ask() -> SipFacts:
        remember_room(call, room)  # type: ignore[arg-type]  # a room to all that is asked of it
        return await fetch_headers(call, *names)

    return run(ask())


def test_all_headers_are_asked_from_the_phone() -> None:
    room = Room(PHONE.headers_reply())
    sip = fetched(room)
    assert room.asked == ["sip_1 lk.sip.GetRemoteHeaders {}"]
    assert (sip.headers["x-tenant"], sip.display_name, sip.trust("headers")) == ("acme", "Ada", "caller")
    assert CALL.sip is not None
    assert dict(CALL.sip.headers) == {}


def test_headers_that_are_attributes_already_are_not_asked() -> None:
    room = Room(None)
    call = replace(CALL, sip=read_sip(replace(PHONE, include_headers=True).attributes()))
    assert fetched(room, "X-Tenant", call=call) is call.sip
    assert room.asked == []


@pytest.mark.parametrize(
    ("reply", "kind", "text"),
    [
        (None, RoomError, f"did not arrive within {TIMEOUT:g} s"),
        (rtc.RpcError(CODES.UNSUPPORTED_METHOD, "no"), UnsupportedError, "livekit-sip 1.4.0 or newer"),
        (rtc.RpcError(CODES.RECIPIENT_NOT_FOUND, "no"), RoomError, "error 1401"),
        ("", RoomError, "malformed"),
        ("{}", RoomError, "malformed"),
        ("[]", RoomError, "malformed"),
        ('{"headers": ["x"]}', RoomError, "malformed"),
        ('{"headers": null}', RoomError, "malformed"),
        ("[" * 20_000, RoomError, "malformed"),
    ],
)
def test_a_phone_that_gives_no_headers_is_a_typed_error(
    reply: str | Exception | None, kind: type[OffhookError], text: str
) -> None:
    with pytest.raises(kind, match=text):
        fetched(Room(reply))


def test_hostile_headers_are_left_out_with_the_reason() -> None:
    sip = fetched(Room(json.dumps({"headers": {"X-A": "a\r\nX-Admin: 1", "X-B": 7, "X-C": "good"}})))
    assert dict(sip.headers) == {"x-c": "good"}
    assert sip.why_absent("sip.h.x-a") == "the text has control characters"


def test_a_caller_without_a_phone_has_no_headers() -> None:
    with pytest.raises(UnsupportedError, match="not on the phone"):
        fetched(Room(None), call=replace(CALL, sip=None))


def test_after_the_call_there_is_nobody_to_ask() -> None:
    with pytest.raises(RoomError, match="the call is over"):
        run(fetch_headers(replace(CALL, id="AJ_over")))  # type: ignore[arg-type]  # a coroutine is awaitable
