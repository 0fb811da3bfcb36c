"""What a scripted caller knows of the call it is on, and what it raises when that is over."""

from typing import Protocol

from offhook.core.errors import OffhookError

__all__ = ["CallOverError", "Told"]


class Told(Protocol):
    """What a scripted caller must know of the call."""

    @property
    def call(self) -> str: ...

    @property
    def secret(self) -> str: ...

    def picture(self) -> str:
        """What happened so far."""


class CallOverError(OffhookError):
    """The script goes on, but the call is over."""
