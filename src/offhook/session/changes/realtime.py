"""Changes the voice of a running Realtime model, if the model's API allows the change."""

from collections.abc import Mapping
from typing import Any

from livekit.agents import Agent, AgentSession
from livekit.agents.llm import ChatMessage, RealtimeModel
from livekit.agents.utils import is_given

from offhook.core.errors import UnsupportedError
from offhook.session.changes.models import Change, check_range, kinds_of, prepare
from offhook.session.context.update import session_of

__all__ = ["prepare_realtime_voice"]

_OPENAI = "livekit.plugins.openai.realtime.realtime_model.RealtimeModel"
_OPENAI_TTS = "livekit.plugins.openai.tts.TTS"
_SPEEDS = (0.25, 1.5)
"""The lowest and the highest speed of OpenAI's Realtime API (1.0 is normal). OpenAI's TTS accepts up to 4.0."""


def prepare_realtime_voice(
    session: AgentSession[Any], agent: Agent, model: RealtimeModel, options: Mapping[str, Any]
) -> Change:
    """Prepare another voice for the model. If OpenAI's TTS speaks the lines with fixed words, this TTS gets the same
    voice.

    OpenAI refuses another voice after the model's first audio, and another speed during an answer.
    """
    if _OPENAI not in kinds_of(model):
        raise UnsupportedError("the Realtime model of this call cannot change its voice; start the call with the voice")
    if "language" in options:
        raise UnsupportedError("a Realtime model speaks the language of its instructions; change the instructions")
    check_range("speed", options.get("speed"), *_SPEEDS)
    realtime = session_of(agent)
    spoken = realtime is not None and any(
        isinstance(item, ChatMessage) and item.role == "assistant" for item in realtime.chat_ctx.items
    )
    speech = session.current_speech
    if spoken or speech is not None:
        raise UnsupportedError(
            "OpenAI's Realtime API changes the voice only before the first words of a call; "
            "start the call with the voice, or hand over to an agent with another model"
        )
    fixed_lines = agent.tts if is_given(agent.tts) else session.tts
    other = prepare("tts", fixed_lines, options) if fixed_lines and _OPENAI_TTS in kinds_of(fixed_lines) else None

    update: Any = model  # only OpenAI's model has `update_options`

    def apply() -> None:
        update.update_options(**options)
        if other is not None:
            other.apply()

    return Change(apply)
