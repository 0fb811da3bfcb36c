"""Holds the id of a speech in `SPEECH`, where each task that LiveKit starts for the speech can read the id.

livekit-agents 1.8.9 emits `speech_created` right before it starts the speech's task, in the same context. offhook sets
the context variable `SPEECH` during that event. Tasks inherit the context, so the LLM request, the TTS and the tools of
the speech can read the variable.
"""

from contextvars import ContextVar

__all__ = ["SPEECH"]

SPEECH: ContextVar[str] = ContextVar("offhook_speech", default="")
