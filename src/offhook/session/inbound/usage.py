"""Sums the usage of all models of a call, from LiveKit's own count."""

from livekit.agents.metrics import AgentSessionUsage, LLMModelUsage, STTModelUsage, TTSModelUsage

from offhook.core.facts import UsageUpdated

__all__ = ["usage_of"]


def usage_of(usage: AgentSessionUsage) -> UsageUpdated:
    """Return the usage of all models of the call together."""
    llms = [one for one in usage.model_usage if isinstance(one, LLMModelUsage)]
    ttss = [one for one in usage.model_usage if isinstance(one, TTSModelUsage)]
    stts = [one for one in usage.model_usage if isinstance(one, STTModelUsage)]
    tokens: list[LLMModelUsage | TTSModelUsage | STTModelUsage] = [*llms, *ttss, *stts]
    return UsageUpdated(
        input_tokens=sum(one.input_tokens for one in tokens),
        cached_tokens=sum(one.input_cached_tokens for one in llms),
        output_tokens=sum(one.output_tokens for one in tokens),
        characters=sum(one.characters_count for one in ttss),
        heard=round(sum(one.audio_duration for one in stts), 1),
        spoken=round(sum(one.audio_duration for one in ttss), 1),
    )
