"""Holds the tag of the line that offhook speaks. The tasks that play this spoken line can read the tag in `LINE`.

The session's own answers, and speech that the agent's code starts, have no tag. `SessionVoice` sets the context
variable `LINE` before it calls the session. The session emits `speech_created` in the same context, and the session's
tasks inherit the context.
"""

from contextvars import ContextVar

__all__ = ["COMMAND", "LINE", "commanded"]

LINE: ContextVar[str] = ContextVar("offhook_line", default="")
COMMAND = "command"
"""If an operator sent the line, its tag starts with this word."""


def commanded() -> bool:
    """True if the current asyncio task speaks a line that an operator sent."""
    return LINE.get().startswith(COMMAND)
