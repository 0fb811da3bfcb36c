"""Ends the job of a call. If other code shuts the job down, the call ends first. If the entrypoint hangs after the end
of the call, the job is shut down.
"""

import asyncio
from collections.abc import Callable

from livekit.agents import JobContext

from offhook.core.facts import Ended, EndRequested, Fact

__all__ = ["JobEnd"]

_OVERDUE = 1.0
"""If the entrypoint has not returned this many seconds after the end of the call, the job is shut down."""


class JobEnd:
    """Replaces `ctx.shutdown`, so that the call ends before the job of the call."""

    def __init__(self, ctx: JobContext, post: Callable[[Fact], None]) -> None:
        self._post = post
        self._overdue: asyncio.TimerHandle | None = None
        self._shutdown = ctx.shutdown
        setattr(ctx, "shutdown", self._on_shutdown)  # noqa: B010  # mypy refuses to assign to a method

    def _on_shutdown(self, reason: str = "") -> None:
        """End the call without a goodbye. LiveKit's own `ctx.shutdown()` would leave the caller in the room."""
        self._post(EndRequested("agent_ended", goodbye="", by="ctx.shutdown", detail=reason))

    def on_call_end(self, _: "asyncio.Task[Ended]") -> None:
        """Shut the job down if the entrypoint does not return in time. LiveKit cancels the entrypoint 15 s after the
        shutdown.
        """
        self._overdue = asyncio.get_running_loop().call_later(_OVERDUE, self._shutdown, "the call is over")

    def entrypoint_returned(self) -> None:
        """Cancel the timer that shuts the job down, because the entrypoint has returned."""
        if self._overdue is not None:
            self._overdue.cancel()

    def leave(self, reason: str) -> None:
        """Shut the job down, because the call is finished."""
        self._shutdown(reason)
