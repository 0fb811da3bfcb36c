"""The caller's phone is transferred through the server's API, which answers here as livekit-server does."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from livekit import api
from livekit.protocol.sip import SIPTransferStatus

from offhook.core.call import Caller
from offhook.core.errors import OffhookError
from offhook.core.transfer import TransferResult
from offhook.room.refer import destination, refer

PHONE = Caller("sip_1", kind="phone")


@dataclass
class Server:
    """LiveKit's API for transfers: it records the requests and gives one answer."""

    url: str = ""
    asked: list[api.TransferSIPParticipantRequest] = field(default_factory=list)
    answer: Callable[[], Awaitable[web.Response]] | None = None

    async def transfer(self, request: web.Request) -> web.Response:
        self.asked.append(api.TransferSIPParticipantRequest.FromString(await request.read()))
        return await self.answer() if self.answer else web.Response(body=b"", content_type="application/protobuf")

    def refuses(self, code: str, status: int, **meta: str) -> None:
        async def answer() -> web.Response:
            return web.json_response({"code": code, "msg": "no route to +15551234567", "meta": meta}, status=status)

        self.answer = answer


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    emulated = Server()
    app = web.Application()
    app.router.add_post("/twirp/livekit.SIP/TransferSIPParticipant", emulated.transfer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.02)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    emulated.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield emulated
    await runner.cleanup()


async def transfer(
    server: Server, to: str = "+1 555 123-4567", ringing: float = 20, headers: Mapping[str, str] | None = None
) -> TransferResult:
    async with api.LiveKitAPI(server.url, "key", "secret" * 6) as livekit:
        return await refer(livekit, "room", PHONE, destination(to), headers=headers, ringing=ringing)


async def test_the_server_is_asked_to_transfer_this_caller(server: Server) -> None:
    assert await transfer(server, headers={"X-Outcome": "sold"}) == TransferResult("done")
    (asked,) = server.asked
    assert (asked.room_name, asked.participant_identity, asked.transfer_to) == ("room", "sip_1", "tel:+15551234567")
    assert (asked.ringing_timeout.seconds, dict(asked.headers)) == (20, {"X-Outcome": "sold"})


@pytest.mark.parametrize(
    ("to", "sent"),
    [
        ("+1 (555) 123-4567", "tel:+15551234567"),
        ("TEL:+15551234567", "tel:+15551234567"),
        ("tel:2000;phone-context=example.com", "tel:2000;phone-context=example.com"),
        ("sip:desk@example.com", "sip:desk@example.com"),
        ("sips:desk@10.0.0.7:5061;transport=tls", "sips:desk@10.0.0.7:5061;transport=tls"),
    ],
)
def test_an_address_is_written_as_the_server_takes_it(to: str, sent: str) -> None:
    assert destination(to) == sent


@pytest.mark.parametrize(
    "to", ["", "desk", "http://example.com", "sip:", "sip:a b@c", "sip:a@b>\r\nX: 1", "tel:", "+1555abc", "12"]
)
def test_other_text_is_no_address(to: str) -> None:
    with pytest.raises(OffhookError, match="a transfer goes to a number"):
        destination(to)


async def test_the_refusal_of_a_carrier_has_its_sip_status_and_no_number(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.refuses("unavailable", 503, sip_status_code="603", sip_status="Decline")
    with caplog.at_level(logging.INFO):
        refused = await transfer(server)
    assert refused == TransferResult("failed", "the transfer was refused with SIP 603 Decline", 603)
    assert "5551234567" not in caplog.text
    assert [record.pii_to for record in caplog.records if record.name == "offhook"] == ["tel:+15551234567"]


@pytest.mark.parametrize(
    ("code", "status", "meta", "told"),
    [
        (
            "unavailable",
            503,
            {"sip_transfer_reason": "STR_RINGING_TIMEOUT"},
            "the transfer failed: STR_RINGING_TIMEOUT",
        ),
        ("not_found", 404, {}, "the server does not find the caller's phone"),
        ("permission_denied", 403, {}, r"refused the transfer with permission_denied \(403\)"),
    ],
)
async def test_other_refusals_say_what_failed(
    server: Server, code: str, status: int, meta: dict[str, str], told: str
) -> None:
    server.refuses(code, status, **meta)
    result = await transfer(server)
    assert result.status == "failed"
    assert re.search(told, result.detail)


@pytest.mark.parametrize("code", ["deadline_exceeded", "canceled"])
async def test_a_transfer_that_the_carrier_does_not_report_may_have_been_done(server: Server, code: str) -> None:
    server.refuses(code, 408)
    assert (await transfer(server, ringing=0.0)).status == "unknown"


async def test_a_transfer_that_the_carrier_refuses_at_once_has_failed_although_the_server_gives_no_code(
    server: Server,
) -> None:
    server.refuses("canceled", 408)
    assert await transfer(server) == TransferResult("failed", "the carrier refused the transfer")


async def test_a_failure_that_the_server_reports_without_an_error_is_a_failure(server: Server) -> None:
    failed = api.TransferSIPParticipantResponse(
        status=SIPTransferStatus.STS_TRANSFER_FAILED, sip_status={"code": 486, "status": "Busy Here"}
    )

    async def answer() -> web.Response:
        return web.Response(body=failed.SerializeToString(), content_type="application/protobuf")

    server.answer = answer
    assert await transfer(server) == TransferResult("failed", "the transfer failed with SIP 486 Busy Here", 486)


async def test_a_server_without_an_answer_is_given_up(server: Server) -> None:
    async def never() -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    server.answer = never
    result = await transfer(server, ringing=-9.9)
    waited = "the server did not answer the transfer within 0.1 s"
    assert result == TransferResult("unknown", f"{waited}; it is not known whether the caller was transferred")


async def test_a_server_that_is_not_there_is_told() -> None:
    result = await transfer(Server(url="http://127.0.0.1:1"))
    assert result.status == "failed"
    assert result.detail.startswith("the transfer did not reach the server")
