"""Parses and writes SIP messages.

The headers of a message keep their order. A search for a header ignores case, and also finds the short
form of the name (`f` for From).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from offhook.core.errors import OffhookError

__all__ = ["Headers", "SipMessage", "pairs", "tag_of", "uri_of"]

Headers = Mapping[str, str] | Sequence[tuple[str, str]]

_SHORT: Final = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length"}


@dataclass(frozen=True, slots=True)
class SipMessage:
    """A SIP request or response. `start` is the first line of the message."""

    start: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> "SipMessage":
        """Read one datagram; raise `OffhookError` if it is no SIP message."""
        head, _, body = data.partition(b"\r\n\r\n")
        start, *lines = re.sub(r"\r\n[ \t]+", " ", head.decode(errors="replace")).split("\r\n")
        if not re.fullmatch(r"SIP/2\.0 \d{3} .*|[A-Z]+ \S+ SIP/2\.0", start):
            raise OffhookError(f"this is no SIP message: {data[:60]!r}")
        split = [line.partition(":") for line in lines]
        return cls(start, tuple((name.strip(), value.strip()) for name, _, value in split), body)

    def dump(self) -> bytes:
        """Return the message as a datagram, with a correct Content-Length header."""
        kept = [(name, value) for name, value in self.headers if _key(name) != "content-length"]
        lines = [self.start, *(f"{name}: {value}" for name, value in kept), f"Content-Length: {len(self.body)}"]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + self.body

    @property
    def status(self) -> int:
        """The status of a response; 0 for a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def reason(self) -> str:
        """The text after the status of a response; "" for a request."""
        return self.start.split(" ", 2)[2] if self.status else ""

    @property
    def method(self) -> str:
        """The method of a request, or of the request that a response answers."""
        return self.get("CSeq").partition(" ")[2] if self.status else self.start.split(" ", 1)[0]

    @property
    def branch(self) -> str:
        """The branch of the first Via header, which is the id of the transaction."""
        found = re.search(r"branch=([^;,\s]+)", self.get("Via"))
        return found[1] if found else ""

    @property
    def sequence(self) -> int:
        """The number in the CSeq header."""
        return int(self.get("CSeq").partition(" ")[0] or 0)

    def get(self, name: str) -> str:
        """Return the first header with this name; "" if there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """Return all headers with this name."""
        return [value for key, value in self.headers if _key(key) == name.lower()]


def pairs(headers: Headers) -> list[tuple[str, str]]:
    """Return headers as a list of name and value pairs; a name may occur more than once."""
    return list(headers.items()) if isinstance(headers, Mapping) else list(headers)


def uri_of(header: str) -> str:
    """Return the SIP address in a From, To, Contact or Refer-To header."""
    found = re.search(r"<([^>]*)>", header)
    return found[1] if found else header.split(";", maxsplit=1)[0].strip()


def tag_of(header: str) -> str:
    """Return the tag of a From or To header; "" if there is none."""
    found = re.search(r";\s*tag=([^;,\s]+)", header.rpartition(">")[2])
    return found[1] if found else ""


def _key(name: str) -> str:
    return _SHORT.get(name.lower(), name.lower())
