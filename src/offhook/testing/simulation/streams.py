"""Text and byte streams of a simulated room, with the surface that LiveKit's have."""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from livekit import rtc

__all__ = ["ByteReader", "Chunk", "TextReader", "Writer", "byte_info", "text_info"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a text stream that the agent wrote; `ended` with its last one."""

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
    """What a handler of text streams is given; the whole text is there already."""

    info: rtc.TextStreamInfo
    text: str

    async def __aiter__(self) -> AsyncIterator[str]:
        yield self.text

    async def read_all(self) -> str:
        return self.text

    async def aclose(self) -> None:
        """Nothing is held."""


@dataclass
class ByteReader:
    """What a handler of byte streams is given."""

    info: rtc.ByteStreamInfo
    data: bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.data

    async def aclose(self) -> None:
        """Nothing is held."""


@dataclass
class Writer:
    """What the agent writes a stream with; `put` takes each chunk to whoever reads in the room."""

    info: rtc.TextStreamInfo | rtc.ByteStreamInfo
    sender: str
    put: Callable[[Chunk], None]
    closed: bool = field(default=False, init=False)

    async def write(self, piece: str | bytes) -> None:
        if self.closed:
            raise rtc.StreamError("the stream is closed already")
        self.put(self._chunk(piece if isinstance(piece, str) else "", {}))

    async def aclose(self, *, reason: str = "", attributes: Mapping[str, str] | None = None) -> None:  # noqa: ARG002  # LiveKit's
        if not self.closed:
            self.closed = True
            self.put(self._chunk("", attributes or {}, ended=True))

    def _chunk(self, text: str, more: Mapping[str, str], *, ended: bool = False) -> Chunk:
        attributes = {**(self.info.attributes or {}), **more}
        return Chunk(self.info.stream_id, self.info.topic, text, attributes, self.sender, ended)
