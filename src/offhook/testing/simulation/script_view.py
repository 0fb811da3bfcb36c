"""The part of a call that a scripted caller reads, and the error of a script that acts after the end of the call."""

from typing import Protocol

from offhook.core.errors import OffhookError

__all__ = ["CallOverError", "CallView"]


class CallView(Protocol):
    """The part of a call that a scripted caller reads."""

    @property
    def call(self) -> str: ...

    @property
    def secret(self) -> str: ...

    def picture(self) -> str:
        """Return the timeline so far, drawn as text."""


class CallOverError(OffhookError):
    """The script continued after the end of the call."""
