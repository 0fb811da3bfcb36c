"""A UDP socket on the loopback interface that reports when the kernel received each datagram."""

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

__all__ = ["Address", "UdpSocket"]

Address = tuple[str, int]

_LARGEST: Final = 65_535
_TIMESTAMP: Final = 35  # Linux's SO_TIMESTAMPNS, which the module `socket` does not define
_LINUX: Final = sys.platform == "linux"


class UdpSocket:
    """Calls `take` with each datagram, its time of arrival (`time.monotonic()`) and its sender."""

    def __init__(self, take: Callable[[bytes, float, Address], None], host: str = "127.0.0.1") -> None:
        self._take = take
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        if _LINUX:
            self._socket.setsockopt(socket.SOL_SOCKET, _TIMESTAMP, 1)
        self._socket.bind((host, 0))
        self.address: Address = self._socket.getsockname()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._read)

    def send(self, data: bytes, to: Address) -> None:
        """Send one datagram. A datagram to a closed port is lost without an error, as on a real network."""
        with suppress(OSError):
            self._socket.sendto(data, to)

    def close(self) -> None:
        """Close the socket. If the socket is already closed, do nothing."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        while self._socket.fileno() >= 0:
            try:
                data, extra, _, sender = self._socket.recvmsg(_LARGEST, 64)
            except BlockingIOError:
                return
            except OSError:  # the kernel reports that an earlier datagram went to a closed port
                continue
            self._take(data, _received_at(extra), sender)


def _received_at(extra: list[tuple[int, int, bytes]]) -> float:
    """Return the time at which the kernel received the datagram, or the current time if that time is unknown. Both are
    values of `time.monotonic()`.
    """
    now = time.monotonic()
    for level, kind, value in extra:
        if level == socket.SOL_SOCKET and kind == _TIMESTAMP and len(value) == 16:
            seconds, nanoseconds = struct.unpack("@qq", value)
            return now - time.time() + float(seconds) + float(nanoseconds) / 1e9
    return now
