"""Repeats unanswered SIP messages of a leg, and answers the messages of the other side."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from offhook.core.errors import OffhookError
from offhook.testing.sip.message import Headers, SipMessage, uri_of
from offhook.testing.sip.sdp import Media
from offhook.testing.sip.udp import Address

if TYPE_CHECKING:
    from offhook.testing.sip.leg import SipLeg

__all__ = ["Signalling"]

_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 4.0, 4.0)
"""Seconds to wait before each repetition of an unanswered message."""


class Signalling:
    """The transactions of one leg."""

    def __init__(self, send: Callable[[bytes, Address], None]) -> None:
        self._send = send
        self._answers: dict[tuple[str, str], asyncio.Future[SipMessage]] = {}
        self._sent: dict[tuple[str, str], SipMessage] = {}
        self._invite_answered = asyncio.Event()
        self._acknowledged = asyncio.Event()

    async def invite(self, leg: "SipLeg") -> None:
        """Send this phone's INVITE again and again until any response arrives. If none arrives, end the leg."""
        await self._repeat(leg, leg.invite, self._invite_answered)

    async def request(self, leg: "SipLeg", message: SipMessage) -> SipMessage:
        """Send a request again and again until the final response arrives; return this response.

        Raises `OffhookError` if no final response arrives.
        """
        key = (message.branch, message.method)
        answer: asyncio.Future[SipMessage] = asyncio.get_running_loop().create_future()
        self._answers[key] = answer
        try:
            for pause in _PAUSES:
                self._send(message.dump(), leg.dialog.peer)
                done, _ = await asyncio.wait([answer], timeout=pause)
                if done:
                    return answer.result()
        finally:
            del self._answers[key]
        raise OffhookError(f"nobody answered {message.method} to {leg.dialog.peer}; the call so far:\n{leg.timeline()}")

    async def hang_up(self, leg: "SipLeg") -> None:
        """End the leg with BYE, CANCEL or a 603 response, depending on its state. If the leg has ended, do nothing."""
        if leg.left.is_set():
            return
        if not leg.outgoing and not self._final(leg):
            leg.decline(603, "Decline")
        elif leg.outgoing and leg.at("200") is None:
            leg.end("hung up", time.monotonic())
            await self.request(leg, leg.dialog.cancel(leg.invite))
        else:
            leg.end("hung up", time.monotonic())
            await self.request(leg, leg.dialog.request("BYE"))

    def answer_invite(self, leg: "SipLeg", status: int, reason: str, headers: Headers = (), body: bytes = b"") -> None:
        """Send a response to the incoming INVITE. A final response is repeated until the ACK arrives."""
        response = self._reply(leg, leg.invite, (status, reason), headers, body)
        if status >= 200:
            leg.own(self._repeat(leg, response, self._acknowledged), "sip answer")

    def take(self, leg: "SipLeg", message: SipMessage, at: float) -> None:
        """Handle a received message of this leg's dialog."""
        if message.status:
            self._take_response(leg, message, at)
        elif message.method == "ACK":
            self._acknowledged.set()
            leg.note("ACK", message, at)
        elif (again := self._sent.get((message.branch, message.method))) is not None:
            self._send(again.dump(), leg.dialog.peer)
        else:
            leg.note(message.method, message, at)
            self._take_request(leg, message, at)

    def _take_response(self, leg: "SipLeg", message: SipMessage, at: float) -> None:
        ours = message.method == "INVITE" and message.branch == leg.invite.branch and leg.outgoing
        if ours:
            self._invite_response(leg, message, at)
            return
        if message.method == "INVITE" and message.status >= 200:
            self._send(leg.dialog.ack(message, message).dump(), leg.dialog.peer)
        answer = self._answers.get((message.branch, message.method))
        if message.status >= 200 and answer is not None and not answer.done():
            answer.set_result(message)

    def _invite_response(self, leg: "SipLeg", message: SipMessage, at: float) -> None:
        self._invite_answered.set()
        first = leg.at(str(message.status)) is None
        leg.note(str(message.status), message, at)
        media = Media.parse(message.body)
        if media is not None and first:
            leg.rtp.start(media)
        if message.status < 200:
            return
        if message.status < 300:
            leg.dialog.answered(message)
        self._send(leg.dialog.ack(message, leg.invite).dump(), leg.dialog.peer)
        if message.status >= 300:
            leg.end(f"{message.status} {message.reason}", at)
        elif leg.left.is_set() and first:  # the other side answered before the CANCEL arrived
            leg.own(self.request(leg, leg.dialog.request("BYE")), "bye")

    def _take_request(self, leg: "SipLeg", message: SipMessage, at: float) -> None:
        match message.method:
            case "BYE":
                self._reply(leg, message, (200, "OK"))
                leg.end("BYE", at)
            case "CANCEL":
                self._reply(leg, message, (200, "OK"))
                if not self._final(leg):
                    self.answer_invite(leg, 487, "Request Terminated")
                    leg.end("CANCEL", at)
            case "INVITE":
                media = Media.parse(message.body)
                if media is not None:
                    leg.rtp.start(media)
                self._reply(leg, message, (200, "OK"), (), leg.description())
            case "REFER":
                self._refer(leg, message)
            case _:
                self._reply(leg, message, (200, "OK"))

    def _refer(self, leg: "SipLeg", message: SipMessage) -> None:
        leg.referred_to = uri_of(message.get("Refer-To"))
        accepted = leg.transfer.status < 300
        self._reply(leg, message, (leg.transfer.status, "Accepted" if accepted else "Refused"))
        if accepted:
            leg.own(self._notify(leg), "notify")

    async def _notify(self, leg: "SipLeg") -> None:
        for line in leg.transfer.notify:
            state = "active" if line.startswith("SIP/2.0 1") else "terminated;reason=noresource"
            headers = [("Event", "refer"), ("Subscription-State", state), ("Content-Type", "message/sipfrag")]
            await self.request(leg, leg.dialog.request("NOTIFY", headers, f"{line}\r\n".encode()))

    def _reply(
        self, leg: "SipLeg", request: SipMessage, line: tuple[int, str], headers: Headers = (), body: bytes = b""
    ) -> SipMessage:
        response = leg.dialog.response(request, *line, headers, body)
        self._sent[request.branch, request.method] = response
        self._send(response.dump(), leg.dialog.peer)
        return response

    def _final(self, leg: "SipLeg") -> bool:
        """Return True if this phone has answered or refused the incoming INVITE."""
        sent = self._sent.get((leg.invite.branch, "INVITE"))
        return sent is not None and sent.status >= 200

    async def _repeat(self, leg: "SipLeg", message: SipMessage, enough: asyncio.Event) -> None:
        if not message.status:
            self._send(message.dump(), leg.dialog.peer)
        for pause in _PAUSES:
            try:
                await asyncio.wait_for(enough.wait(), pause)
            except TimeoutError:
                self._send(message.dump(), leg.dialog.peer)
            else:
                return
        if not message.status:
            leg.end("408 No response", time.monotonic())
