"""Text and byte streams of a simulated room, with the interface of LiveKit's streams."""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from livekit import rtc

__all__ = ["ByteReader", "Chunk", "TextReader", "Writer", "byte_info", "text_info"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text stream that the agent wrote; the last piece has `ended=True`."""

    stream: str
    topic: str
    text: str
    attributes: Mapping[str, str]
    sender: str
    ended: bool = False


def text_info(topic: str, attributes: Mapping[str, str] | None, size: int | None = None) -> rtc.TextStreamInfo:
    """Describe a text stream."""
    name = f"TS_{uuid.uuid4().hex[:12]}"
    stamp = int(time.time() * 1000)
    return rtc.TextStreamInfo(name, "text/plain", topic, stamp, size, dict(attributes or {}), [])


def byte_info(topic: str, name: str, attributes: Mapping[str, str] | None, size: int | None) -> rtc.ByteStreamInfo:
    """Describe a byte stream."""
    key = f"BS_{uuid.uuid4().hex[:12]}"
    stamp = int(time.time() * 1000)
    return rtc.ByteStreamInfo(key, "application/octet-stream", topic, stamp, size, dict(attributes or {}), name)


@dataclass
class TextReader:
    """The reader that a text stream handler receives; the whole text has already arrived."""

    info: rtc.TextStreamInfo
    text: str

    async def __aiter__(self) -> AsyncIterator[str]:
        yield self.text

    async def read_all(self) -> str:
        return self.text

    async def aclose(self) -> None:
        """Do nothing: there is nothing to release."""


@dataclass
class ByteReader:
    """The reader that a byte stream handler receives."""

    info: rtc.ByteStreamInfo
    data: bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.data

    async def aclose(self) -> None:
        """Do nothing: there is nothing to release."""


@dataclass
class Writer:
    """The agent's side of a stream; `put` delivers each chunk to the room."""

    info: rtc.TextStreamInfo | rtc.ByteStreamInfo
    sender: str
    put: Callable[[Chunk], None]
    closed: bool = field(default=False, init=False)

    async def write(self, piece: str | bytes) -> None:
        if self.closed:
            raise rtc.StreamError("the stream is already closed")
        self.put(self._chunk(piece if isinstance(piece, str) else "", {}))

    async def aclose(self, *, reason: str = "", attributes: Mapping[str, str] | None = None) -> None:  # noqa: ARG002  # LiveKit's signature
        if not self.closed:
            self.closed = True
            self.put(self._chunk("", attributes or {}, ended=True))

    def _chunk(self, text: str, more: Mapping[str, str], *, ended: bool = False) -> Chunk:
        attributes = {**(self.info.attributes or {}), **more}
        return Chunk(self.info.stream_id, self.info.topic, text, attributes, self.sender, ended)
