"""How much one call uses its models, and what this usage costs."""

from dataclasses import dataclass
from typing import Literal, Protocol

from offhook.core.ending import Prices

__all__ = ["ModelUsage", "Usage", "cost_of"]

MILLION = 1_000_000
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """The usage of one model in a call until now.

    `input_tokens` counts all input tokens, including audio tokens and cached tokens. `cached_audio_tokens` are also
    counted in `input_audio_tokens` and in `cached_tokens`. `heard` (STT) and `spoken` (TTS) are seconds of audio.
    """

    kind: Literal["llm", "stt", "tts"]
    provider: str
    model: str
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    input_audio_tokens: int = 0
    cached_audio_tokens: int = 0
    output_audio_tokens: int = 0
    characters: int = 0
    heard: float = 0.0
    spoken: float = 0.0


class Usage(Protocol):
    """The counts from which `cost_of` computes the cost."""

    @property
    def input_tokens(self) -> int: ...
    @property
    def cached_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...
    @property
    def input_audio_tokens(self) -> int: ...
    @property
    def cached_audio_tokens(self) -> int: ...
    @property
    def output_audio_tokens(self) -> int: ...
    @property
    def characters(self) -> int: ...
    @property
    def heard(self) -> float: ...
    @property
    def spoken(self) -> float: ...


def cost_of(used: Usage, prices: Prices) -> float:
    """Return the cost of this usage at these prices. Audio tokens without their own price cost as much as text
    tokens.
    """
    cached = prices.input if prices.cached is None else prices.cached
    input_audio = prices.input if prices.input_audio is None else prices.input_audio
    cached_audio = cached if prices.cached_audio is None else prices.cached_audio
    output_audio = prices.output if prices.output_audio is None else prices.output_audio
    cached_text = used.cached_tokens - used.cached_audio_tokens
    tokens = (used.input_tokens - used.input_audio_tokens - cached_text) * prices.input + cached_text * cached
    tokens += (used.input_audio_tokens - used.cached_audio_tokens) * input_audio
    tokens += used.cached_audio_tokens * cached_audio
    tokens += (used.output_tokens - used.output_audio_tokens) * prices.output + used.output_audio_tokens * output_audio
    tokens += used.characters * prices.characters
    return tokens / MILLION + (used.heard * prices.heard + used.spoken * prices.spoken) / MINUTE
