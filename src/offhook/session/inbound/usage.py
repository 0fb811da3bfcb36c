"""Converts LiveKit's count of model usage in a call to a `UsageUpdated` fact."""

from livekit.agents.metrics import AgentSessionUsage, LLMModelUsage, STTModelUsage, TTSModelUsage

from offhook.core.facts import UsageUpdated
from offhook.core.usage import ModelUsage

__all__ = ["usage_of"]


def usage_of(usage: AgentSessionUsage) -> UsageUpdated:
    """Return the usage of each model, and the sum for all models of the call."""
    counted = (used for one in usage.model_usage if (used := _model_usage(one)) is not None)
    models = tuple(used for used in counted if used != ModelUsage(used.kind, used.provider, used.model))
    return UsageUpdated(
        input_tokens=sum(one.input_tokens for one in models),
        cached_tokens=sum(one.cached_tokens for one in models),
        output_tokens=sum(one.output_tokens for one in models),
        characters=sum(one.characters for one in models),
        heard=round(sum(one.heard for one in models), 1),
        spoken=round(sum(one.spoken for one in models), 1),
        input_audio_tokens=sum(one.input_audio_tokens for one in models),
        cached_audio_tokens=sum(one.cached_audio_tokens for one in models),
        output_audio_tokens=sum(one.output_audio_tokens for one in models),
        models=models,
    )


def _model_usage(one: object) -> ModelUsage | None:
    """Return the usage of one model; None for a model that only detects turns."""
    match one:
        case LLMModelUsage():
            return ModelUsage(
                "llm",
                one.provider,
                one.model,
                input_tokens=one.input_tokens,
                cached_tokens=one.input_cached_tokens,
                output_tokens=one.output_tokens,
                input_audio_tokens=one.input_audio_tokens,
                cached_audio_tokens=one.input_cached_audio_tokens,
                output_audio_tokens=one.output_audio_tokens,
            )
        case STTModelUsage():
            return ModelUsage(
                "stt",
                one.provider,
                one.model,
                input_tokens=one.input_tokens,
                output_tokens=one.output_tokens,
                input_audio_tokens=one.input_audio_tokens,
                heard=round(one.audio_duration, 1),
            )
        case TTSModelUsage():
            return ModelUsage(
                "tts",
                one.provider,
                one.model,
                input_tokens=one.input_tokens,
                output_tokens=one.output_tokens,
                output_audio_tokens=one.output_tokens,
                characters=one.characters_count,
                spoken=round(one.audio_duration, 1),
            )
    return None
