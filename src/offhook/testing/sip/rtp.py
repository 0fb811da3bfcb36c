"""The audio and the telephone keys of one leg: sends a packet every 20 ms, and reads all packets of the other side."""

import asyncio
import random
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from offhook.testing.live.hearing import ReceivedAudio
from offhook.testing.live.microphone import SpokenLine
from offhook.testing.sip.keys import KeyReader, key_payloads
from offhook.testing.sip.pcmu import FRAME, SILENCE, decode, encode
from offhook.testing.sip.sdp import Media
from offhook.testing.sip.udp import Address, UdpSocket
from offhook.testing.speech import RATE, Samples, voiced

__all__ = ["RtpStream"]

_TICK: Final = 0.02
_HEAD: Final = 12
_PAUSE: Final = 4
"""The number of silent packets of 20 ms after a key press."""


@dataclass(slots=True)
class _Spoken:
    """A spoken line or a key press in the queue: its packets, and the time at which the first packet was sent."""

    packets: Iterator[tuple[int, bytes, int]]
    done: asyncio.Future[float]
    began_at: float | None = None


class RtpStream:
    """Sends silence between spoken lines. With `sending = False`, the stream sends no packets, like a phone on hold."""

    def __init__(self, host: str, changed: Callable[[], None]) -> None:
        self.sending = True
        self.hearing = ReceivedAudio()
        self.reader = KeyReader()
        self.last_packet_at: float | None = None
        self._changed = changed
        self._track = self.hearing.add_track()
        self._socket = UdpSocket(self._arrive, host)
        self._peer: Media | None = None
        self._queue: deque[_Spoken] = deque()
        self._source, self._number, self._stamp = random.getrandbits(32), random.getrandbits(15), random.getrandbits(31)
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> Address:
        """The address at which this stream receives."""
        return self._socket.address

    def start(self, peer: Media) -> None:
        """Start sending to the address of `peer`. If the stream already sends, only change the address."""
        self._peer = peer
        if self._task is None:
            self._task = asyncio.create_task(self._pace(), name="rtp")

    async def say(self, pcm: Samples) -> SpokenLine:
        """Speak after everything in the queue; returns when the last packet of this speech is sent."""
        first, last = voiced(pcm)
        payload = encode(pcm)
        chunks = (payload[at : at + FRAME].ljust(FRAME, b"\xff") for at in range(0, len(payload), FRAME))
        began = await self._send((0, chunk, FRAME) for chunk in chunks)
        return SpokenLine(began + first / RATE, began + (last + 1) / RATE)

    async def press(self, key: str) -> float:
        """Press a key for 100 ms; returns the time at which the press began."""
        events = self._peer.events if self._peer else 0
        *payloads, last = key_payloads(key)  # for an unknown key, this raises before any packet is sent
        steps = [(events, payload, 0) for payload in payloads]  # all packets of a key press have the same time stamp
        after = [(0, SILENCE, FRAME)] * _PAUSE
        return await self._send(iter([*steps, (events, last, FRAME * (len(payloads) + 1)), *after]))

    async def close(self) -> None:
        """Stop sending and receiving."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for one in self._queue:
            one.done.cancel()
        self._socket.close()

    async def _send(self, packets: Iterator[tuple[int, bytes, int]]) -> float:
        one = _Spoken(packets, asyncio.get_running_loop().create_future())
        self._queue.append(one)
        return await one.done

    async def _pace(self) -> None:
        """Send one packet every 20 ms. After a late packet, the next packets are sent sooner, to catch up."""
        due = time.monotonic()
        while True:
            kind, payload, samples = self._next()
            if self.sending and self._peer is not None:
                head = struct.pack("!BBHII", 0x80, kind, self._number & 0xFFFF, self._stamp & 0xFFFFFFFF, self._source)
                self._socket.send(head + payload, (self._peer.host, self._peer.port))
            self._number += 1
            self._stamp += samples
            due += _TICK
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _next(self) -> tuple[int, bytes, int]:
        """Return the payload type and the payload of the next packet, and the number by which the time stamp then
        grows.
        """
        while self._queue:
            one = self._queue[0]
            if one.began_at is None:
                one.began_at = time.monotonic()
            packet = next(one.packets, None)
            if packet is not None:
                return packet
            self._queue.popleft()
            if not one.done.done():
                one.done.set_result(one.began_at)
        return 0, SILENCE, FRAME

    def _arrive(self, data: bytes, at: float, _sender: Address) -> None:
        if len(data) <= _HEAD or data[0] >> 6 != 2:
            return
        kind, stamp = data[1] & 0x7F, int.from_bytes(data[4:8], "big")
        payload = data[_HEAD + 4 * (data[0] & 0x0F) :]
        if kind == 0:
            self.last_packet_at = at
            self._track.add(decode(payload), at)
        elif self._peer is not None and kind == self._peer.events:
            self.reader.take(payload, stamp, at)
        self._changed()
