"""Writes the requests and responses of one SIP dialog. This module does not send them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from offhook.testing.sip.message import Headers, SipMessage, pairs, tag_of, uri_of
from offhook.testing.sip.udp import Address

__all__ = ["Dialog", "Transfer"]


@dataclass(frozen=True, slots=True)
class Transfer:
    """The phone's answer to a REFER: the status of the response, then the status line in each NOTIFY request."""

    status: int = 202
    notify: Sequence[str] = ("SIP/2.0 100 Trying", "SIP/2.0 200 OK")


@dataclass(slots=True)
class Dialog:
    """The identifiers of one SIP dialog. `local` and `remote` are the From and To headers of this phone's requests."""

    here: Address
    peer: Address
    call_id: str
    local: str
    remote: str
    target: str
    sequence: int = 0

    @classmethod
    def of_invite(cls, invite: SipMessage, here: Address, peer: Address) -> "Dialog":
        """Return the dialog that an incoming INVITE opens."""
        local = f"{invite.get('To')};tag={secrets.token_hex(5)}"
        target = uri_of(invite.get("Contact")) or uri_of(invite.get("From"))
        return cls(here, peer, invite.get("Call-ID"), local, invite.get("From"), target)

    @property
    def contact(self) -> tuple[str, str]:
        return "Contact", f"<sip:phone@{self.here[0]}:{self.here[1]}>"

    def request(self, method: str, headers: Headers = (), body: bytes = b"") -> SipMessage:
        """Return a new request, with the next CSeq number."""
        self.sequence += 1
        return self._message(method, self._via(), self.sequence, headers=headers, body=body)

    def ack(self, response: SipMessage, invite: SipMessage) -> SipMessage:
        """Return the ACK for a final response to `invite`.

        The ACK for a refusal belongs to the transaction of the INVITE; the ACK for a 2xx response is a new transaction.
        """
        via = invite.get("Via") if response.status >= 300 else self._via()
        return self._message("ACK", via, response.sequence, to=response.get("To"))

    def cancel(self, invite: SipMessage) -> SipMessage:
        """Return the CANCEL request for an INVITE that this phone has sent."""
        return self._message("CANCEL", invite.get("Via"), invite.sequence, to=invite.get("To"), target=_target(invite))

    def answered(self, response: SipMessage) -> None:
        """Store the other side's tag and address from a response to this phone's INVITE."""
        if tag_of(response.get("To")):
            self.remote = response.get("To")
        self.target = uri_of(response.get("Contact")) or self.target

    def response(
        self, request: SipMessage, status: int, reason: str, headers: Headers = (), body: bytes = b""
    ) -> SipMessage:
        """Return a response to a request of the other side."""
        to = request.get("To")
        if status > 100 and not tag_of(to):
            to = self.local
        copied = [("Via", via) for via in request.all("Via")]
        copied += [("Record-Route", route) for route in request.all("Record-Route")]
        copied += [("From", request.get("From")), ("To", to), ("Call-ID", self.call_id), ("CSeq", request.get("CSeq"))]
        return SipMessage(f"SIP/2.0 {status} {reason}", (*copied, self.contact, *_typed(headers, body)), body)

    def _via(self) -> str:
        return f"SIP/2.0/UDP {self.here[0]}:{self.here[1]};branch=z9hG4bK{secrets.token_hex(8)};rport"

    def _message(
        self,
        method: str,
        via: str,
        sequence: int,
        *,
        to: str = "",
        target: str = "",
        headers: Headers = (),
        body: bytes = b"",
    ) -> SipMessage:
        own = [("Via", via), ("Max-Forwards", "70"), ("From", self.local), ("To", to or self.remote)]
        own += [("Call-ID", self.call_id), ("CSeq", f"{sequence} {method}"), self.contact]
        return SipMessage(f"{method} {target or self.target} SIP/2.0", (*own, *_typed(headers, body)), body)


def _typed(headers: Headers, body: bytes) -> list[tuple[str, str]]:
    """Return the headers as a list. If there is a body but no Content-Type header, add `application/sdp`."""
    given = pairs(headers)
    if body and not any(name.lower() == "content-type" for name, _ in given):
        given.append(("Content-Type", "application/sdp"))
    return given


def _target(request: SipMessage) -> str:
    return request.start.split(" ")[1]
