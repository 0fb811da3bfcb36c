"""Where faults go in: each provider asks its hook before every answer and before every event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from offhook.core.errors import OffhookError

__all__ = ["Cut", "Event", "Hook", "How", "Json", "Name", "Refusal", "Request", "SandboxError"]

Json = dict[str, Any]
Name = Literal["deepgram", "openai", "cartesia"]
How = Literal["get", "post", "connect", "message"]


class SandboxError(OffhookError):
    """The sandbox cannot be started, or was told something that it cannot do."""


class Cut(Exception):  # noqa: N818  # it is no error: a hook raises it to cut the line
    """Raised by a hook: the connection is cut here, in the middle of whatever was being sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a provider was asked for: by HTTP, by connecting, or by a message on a connection."""

    provider: Name
    path: str
    how: How
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    auth: str = ""
    """How the key was handed over, such as "Bearer"; never the key."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is none; each provider puts it into its own words."""

    status: int
    message: str = ""
    """Without one, what the provider says with this status."""
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A piece of an answer, about to leave: one message, one server-sent event, one chunk of sound."""

    provider: Name
    path: str
    kind: str
    """The provider's own name for it, such as "Results" or "response.done"."""
    number: int
    """How many left before it on this connection."""
    payload: str | bytes


class Hook:
    """Lets everything through. A fault overrides one of the two; whatever it awaits, the plugin waits for."""

    async def before_answer(self, request: Request) -> Refusal | None:  # noqa: ARG002  # for those who override it
        """A refusal, or None to let the request be answered."""
        return None

    async def before_event(self, event: Event) -> str | bytes | None:
        """What leaves in the event's place: its payload, something else, or None for nothing. May raise `Cut`."""
        return event.payload
