"""Tells whether offhook can decide about interruptions in a session."""

from typing import Any

from livekit.agents import AgentSession, llm
from livekit.agents.utils import is_given

__all__ = ["stt_of", "unusable"]


def unusable(session: AgentSession[Any]) -> str:
    """Return the reason why offhook's policy cannot decide about interruptions in this session; empty if it can."""
    agent = session.current_agent
    model = agent.llm if is_given(agent.llm) else session.llm
    if isinstance(model, llm.RealtimeModel):
        return "a Realtime model itself decides about interruptions"
    if stt_of(session) is None or not _hears(session):
        return "the session has no STT or no VAD"
    detection = agent.turn_detection if is_given(agent.turn_detection) else session.turn_detection
    if detection == "manual":
        return "the agent's own code ends the caller's turns"
    if session.output.audio is None or not session.output.audio.can_pause:
        return "the session's audio output cannot pause"
    return ""


def stt_of(session: AgentSession[Any]) -> Any:
    """Return the STT of the current agent, or of the session if the agent has none of its own."""
    agent = session.current_agent
    return agent.stt if is_given(agent.stt) else session.stt


def _hears(session: AgentSession[Any]) -> bool:
    agent = session.current_agent
    return (agent.vad if is_given(agent.vad) else session.vad) is not None
