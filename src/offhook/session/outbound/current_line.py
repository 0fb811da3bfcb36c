"""Holds the tag of the line that offhook speaks. The tasks of the line's speech can read the tag here.

The session's own speech, and speech of the agent's code, has no tag. `SessionVoice` sets the variable before it calls
the session. The session emits `speech_created` in the same context, and its tasks inherit the context.
"""

from contextvars import ContextVar

__all__ = ["COMMAND", "LINE", "commanded"]

LINE: ContextVar[str] = ContextVar("offhook_line", default="")
COMMAND = "command"
"""The tag of an operator's line starts with this word."""


def commanded() -> bool:
    """True if the calling task speaks a line of an operator."""
    return LINE.get().startswith(COMMAND)
