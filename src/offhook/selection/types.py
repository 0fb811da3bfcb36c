"""The types of a selection: the choice of one provider, and the choices of all stages."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

__all__ = ["Choice", "Choices", "Preset", "Stage"]

Stage = Literal["vad", "stt", "llm", "tts", "realtime"]
Preset = Literal["cloud", "local", "offline"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The provider of one stage.

    For a local model server, `provider` is "openai" too, because the server offers the same API as OpenAI. A local
    server always has a `base_url`. The `key_name` of a local server is empty if no API key is set.
    """

    stage: Stage
    provider: str
    model: str  # empty if the provider has only one model
    voice: str  # empty: the provider's default
    base_url: str | None  # None: the provider's own address
    key: SecretStr | None = field(repr=False)
    key_name: str  # the environment variable that sets the API key
    why: str

    @property
    def local(self) -> bool:
        """True for a model server whose address is in an `OFFHOOK_…_URL` setting."""
        return self.provider == "openai" and self.key_name != "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices for every stage of a call. The first choice of a stage is used first; the others are fallbacks."""

    preset: Preset
    why: str
    vad: Choice
    stt: tuple[Choice, ...]  # empty if there is a Realtime model, because that model takes the audio itself
    llm: tuple[Choice, ...]  # empty if there is a Realtime model, because it is also the LLM
    tts: tuple[Choice, ...]  # with a Realtime model, only for spoken lines with fixed words
    realtime: Choice | None
    notes: tuple[str, ...]  # suggested changes to the settings

    @property
    def every(self) -> tuple[Choice, ...]:
        """All choices in this order: VAD, STT, Realtime model, LLM, TTS."""
        realtime = (self.realtime,) if self.realtime is not None else ()
        return (self.vad, *self.stt, *realtime, *self.llm, *self.tts)
