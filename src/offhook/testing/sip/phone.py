"""A SIP telephone on one UDP port of the loopback interface; it makes and receives calls."""

import asyncio
import secrets
from types import TracebackType
from typing import Self

from offhook.core.errors import OffhookError
from offhook.testing.live.waiting import Signal, WaitTimeoutError
from offhook.testing.sip.dialog import Dialog
from offhook.testing.sip.leg import SipLeg
from offhook.testing.sip.message import Headers, SipMessage, pairs
from offhook.testing.sip.signalling import Signalling
from offhook.testing.sip.udp import Address, UdpSocket

__all__ = ["SipPhone"]

_ALLOW = ("Allow", "INVITE, ACK, CANCEL, BYE, REFER, NOTIFY")


class SipPhone:
    """Open the phone with `async with`. At the end of the block, the phone hangs up all calls. An incoming call is not
    answered automatically.
    """

    def __init__(self, number: str = "+15551230000") -> None:
        self.number = number
        self.legs: dict[str, SipLeg] = {}
        self.nonsense: list[bytes] = []
        self._signallings: dict[str, Signalling] = {}
        self._waiting: list[SipLeg] = []
        self._rang = Signal()
        self._socket: UdpSocket

    async def __aenter__(self) -> Self:
        self._socket = UdpSocket(self._take)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await asyncio.gather(*(leg.close() for leg in self.legs.values()))
        finally:
            self._socket.close()

    @property
    def address(self) -> Address:
        """The address at which the phone receives calls."""
        return self._socket.address

    def call(
        self, number: str, at: Address, *, name: str = "", number_from: str = "", headers: Headers = (), to: str = ""
    ) -> SipLeg:
        """Start a call to a number, and return without waiting for an answer.

        Args:
            number: the user part of the dialled address.
            at: the address of the SIP server.
            name: the display name of the caller.
            number_from: the caller's number, if it is not the phone's own number.
            headers: additional headers of the INVITE.
            to: the To header, if it is not the dialled address.

        """
        shown = f'"{name}" ' if name else ""
        here = f"{self.address[0]}:{self.address[1]}"
        local = f"{shown}<sip:{number_from or self.number}@{here}>;tag={secrets.token_hex(5)}"
        target = f"sip:{number}@{at[0]}:{at[1]}"
        dialog = Dialog(self.address, at, secrets.token_hex(8), local, to or f"<{target}>", target)
        leg = self._add(dialog, SipMessage(""), outgoing=True)
        leg.invite = dialog.request("INVITE", [_ALLOW, *pairs(headers)], leg.description())
        leg.own(self._signallings[dialog.call_id].invite(leg), "invite")
        return leg

    async def rings(self, *, timeout: float = 10.0) -> SipLeg:  # noqa: ASYNC109  # the error says what was waited for
        """Wait for an incoming call to this phone."""
        leg = await self._rang.until(
            lambda: self._waiting.pop(0) if self._waiting else None, over=asyncio.Event(), seconds=timeout
        )
        if leg is None:
            raise WaitTimeoutError(f"nobody called {self.address[0]}:{self.address[1]} within {timeout:g} s")
        return leg

    def send(self, data: bytes, to: Address) -> None:
        """Send one datagram with these bytes. The bytes need not be a SIP message."""
        self._socket.send(data, to)

    def _add(self, dialog: Dialog, invite: SipMessage, *, outgoing: bool) -> SipLeg:
        signalling = self._signallings[dialog.call_id] = Signalling(self._socket.send)
        leg = self.legs[dialog.call_id] = SipLeg(dialog, signalling, invite, outgoing=outgoing)
        return leg

    def _take(self, data: bytes, at: float, sender: Address) -> None:
        try:
            message = SipMessage.parse(data)
        except OffhookError:
            self.nonsense.append(data)
            return
        leg = self.legs.get(message.get("Call-ID"))
        if leg is None and message.method == "INVITE" and not message.status:
            leg = self._add(Dialog.of_invite(message, self.address, sender), message, outgoing=False)
            leg.note("INVITE", message, at)
            leg.ring(100, "Trying")
            self._waiting.append(leg)
            self._rang()
        elif leg is not None:
            self._signallings[leg.dialog.call_id].take(leg, message, at)
        elif not message.status and message.method != "ACK":
            stray = Dialog.of_invite(message, self.address, sender)
            self._socket.send(stray.response(message, 481, "Call Does Not Exist").dump(), sender)
