"""The hook that injects faults: each provider calls its hook before it answers a request and
before it sends an event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from offhook.core.errors import OffhookError

__all__ = ["Disconnect", "Event", "Hook", "How", "Json", "Name", "Refusal", "Request", "SandboxError"]

Json = dict[str, Any]
Name = Literal["deepgram", "openai", "cartesia", "inference"]
How = Literal["get", "post", "connect", "message"]


class SandboxError(OffhookError):
    """The sandbox cannot start, or is not running."""


class Disconnect(Exception):  # noqa: N818  # not an error: a hook raises it to cut the connection
    """A hook raises this exception to cut the connection at once, even in the middle of a response."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a provider: an HTTP request, a new connection, or a message on a connection."""

    provider: Name
    path: str
    how: How
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    auth: str = ""
    """The authentication scheme, such as "Bearer"; the API key is not stored."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error response; each provider renders a refusal in its own format."""

    status: int
    message: str = ""
    """If empty, the provider's own message for this status is used."""
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A part of a response that is about to be sent: one message, one server-sent event, or one chunk of audio."""

    provider: Name
    path: str
    kind: str
    """The provider's name for the event type, such as "Results" or "response.done"."""
    number: int
    """The number of earlier events in this HTTP response or on this websocket."""
    payload: str | bytes


class Hook:
    """The default hook, which changes nothing. A fault is a subclass that overrides one or both methods.

    While a method waits, the plugin gets no response.
    """

    async def before_answer(self, request: Request) -> Refusal | None:  # noqa: ARG002  # for overriding methods
        """Return a refusal, or None to answer the request normally."""
        return None

    async def before_event(self, event: Event) -> str | bytes | None:
        """Return the payload to send, or None to send nothing. May raise `Disconnect`."""
        return event.payload
