"""Telephone keys (DTMF) as events in RTP packets (RFC 4733)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from offhook.core.errors import OffhookError
from offhook.testing.sip.pcmu import FRAME

__all__ = ["KEYS", "KeyReader", "key_payloads"]

KEYS: Final = "0123456789*#ABCD"
_PACKETS: Final = 5
"""The length of a key press in packets of 20 ms. The last packet marks the end of the press, and is sent three times.
"""
_VOLUME: Final = 10
_END: Final = 0x80


def key_payloads(key: str) -> Iterator[bytes]:
    """Yield the payloads of one key press, one for each 20 ms. The last three payloads mark the end of the press."""
    code = KEYS.find(key.upper()) if len(key) == 1 else -1
    if code < 0:
        raise OffhookError(f"there is no key {key!r} on a phone; use one of {KEYS}")
    for count in range(1, _PACKETS + 3):
        ended = count >= _PACKETS
        yield struct.pack("!BBH", code, _END * ended | _VOLUME, min(count, _PACKETS) * FRAME)


@dataclass(slots=True)
class KeyReader:
    """Reads key presses from received packets; `keys` has the arrival time and the name of each pressed key.

    All packets of one key press have the same RTP time stamp, so only the first packet of a press counts.
    """

    keys: list[tuple[float, str]] = field(default_factory=list)
    _last: int | None = None

    def take(self, payload: bytes, stamp: int, at: float) -> None:
        """Read the payload of one packet; `stamp` is its RTP time stamp, and `at` its time of arrival."""
        if len(payload) < 4 or payload[0] >= len(KEYS) or stamp == self._last:
            return
        self._last = stamp
        self.keys.append((at, KEYS[payload[0]]))
