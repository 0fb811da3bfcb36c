"""The agent's handlers for text and byte streams, and the streams that other participants send."""

from collections.abc import Callable

from offhook.testing.simulation.streams import ByteReader, TextReader, byte_info, text_info

__all__ = ["StreamHandlers"]


class StreamHandlers:
    """The part of `SimulatedRoom` for streams: one handler for each topic, as in LiveKit's room."""

    def __init__(self) -> None:
        self._text: dict[str, Callable[..., None]] = {}
        self._bytes: dict[str, Callable[..., None]] = {}

    def register_text_stream_handler(self, topic: str, handler: Callable[..., None]) -> None:
        _register(self._text, topic, handler)

    def unregister_text_stream_handler(self, topic: str) -> None:
        self._text.pop(topic, None)

    def register_byte_stream_handler(self, topic: str, handler: Callable[..., None]) -> None:
        _register(self._bytes, topic, handler)

    def unregister_byte_stream_handler(self, topic: str) -> None:
        self._bytes.pop(topic, None)

    def text(self, identity: str, text: str, topic: str) -> bool:
        """Send a text stream to the agent. Return False if the agent has no handler for this topic."""
        handler = self._text.get(topic)
        if handler is not None:
            handler(TextReader(text_info(topic, None, len(text)), text), identity)
        return handler is not None

    def file(self, identity: str, data: bytes, *, topic: str, name: str) -> bool:
        """Send a byte stream to the agent. Return False if the agent has no handler for this topic."""
        handler = self._bytes.get(topic)
        if handler is not None:
            handler(ByteReader(byte_info(topic, name, None, len(data)), data), identity)
        return handler is not None


def _register(handlers: dict[str, Callable[..., None]], topic: str, handler: Callable[..., None]) -> None:
    if topic in handlers:
        raise ValueError(f"topic {topic!r} already has a handler")
    handlers[topic] = handler
