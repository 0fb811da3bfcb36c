"""Session descriptions (SDP) with one audio stream, which carries PCMU audio and telephone events (pressed keys)."""

import re
from dataclasses import dataclass
from typing import Final, Literal, cast

__all__ = ["EVENTS", "Direction", "Media"]

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

EVENTS: Final = 101
"""The payload type that this phone offers for telephone events."""


@dataclass(frozen=True, slots=True)
class Media:
    """The address at which one side receives audio, and `direction`: whether this side sends, receives, both, or
    neither.
    """

    host: str
    port: int
    direction: Direction = "sendrecv"
    events: int = EVENTS

    def dump(self, version: int) -> bytes:
        """Return the session description."""
        lines = (
            "v=0",
            f"o=offhook 1 {version} IN IP4 {self.host}",
            "s=offhook",
            f"c=IN IP4 {self.host}",
            "t=0 0",
            f"m=audio {self.port} RTP/AVP 0 {self.events}",
            "a=rtpmap:0 PCMU/8000",
            f"a=rtpmap:{self.events} telephone-event/8000",
            f"a=fmtp:{self.events} 0-16",
            "a=ptime:20",
            f"a={self.direction}",
        )
        return "".join(f"{line}\r\n" for line in lines).encode()

    @classmethod
    def parse(cls, body: bytes) -> "Media | None":
        """Read a session description; returns None if the description has no audio over IPv4."""
        text = body.decode(errors="replace")
        host, port = re.search(r"(?m)^c=IN IP4 (\S+)", text), re.search(r"(?m)^m=audio (\d+) ", text)
        if host is None or port is None:
            return None
        events = re.search(r"(?m)^a=rtpmap:(\d+) telephone-event/8000", text)
        direction = re.search(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)", text)
        flow = cast("Direction", direction[1]) if direction else "sendrecv"
        return cls(host[1], int(port[1]), flow, int(events[1]) if events else EVENTS)
