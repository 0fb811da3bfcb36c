"""What the models have used so far, from LiveKit's own count."""

from livekit.agents.metrics import AgentSessionUsage, LLMModelUsage, STTModelUsage, TTSModelUsage

from offhook.core.facts import Used

__all__ = ["used"]


def used(usage: AgentSessionUsage) -> Used:
    """All models of the call together."""
    brains = [one for one in usage.model_usage if isinstance(one, LLMModelUsage)]
    voices = [one for one in usage.model_usage if isinstance(one, TTSModelUsage)]
    ears = [one for one in usage.model_usage if isinstance(one, STTModelUsage)]
    tokens: list[LLMModelUsage | TTSModelUsage | STTModelUsage] = [*brains, *voices, *ears]
    return Used(
        input_tokens=sum(one.input_tokens for one in tokens),
        cached_tokens=sum(one.input_cached_tokens for one in brains),
        output_tokens=sum(one.output_tokens for one in tokens),
        characters=sum(one.characters_count for one in voices),
        heard=round(sum(one.audio_duration for one in ears), 1),
        spoken=round(sum(one.audio_duration for one in voices), 1),
    )
