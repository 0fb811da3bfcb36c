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

    For a local model server, `provider` is also `openai`, because the server has OpenAI's API. A local server has a
    `base_url`. Its `key_name` is empty if no key is set.
    """

    stage: Stage
    provider: str
    model: str  # empty if the provider has only one model
    voice: str  # empty: the provider's default
    base_url: str | None  # None: the provider's own address
    key: SecretStr | None = field(repr=False)
    key_name: str  # the environment variable of the key
    why: str

    @property
    def local(self) -> bool:
        """True for a model server whose address is in an `OFFHOOK_…_URL` setting."""
        return self.provider == "openai" and self.key_name != "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices for every stage of a call. The first choice of a stage is used first, the others are fallbacks."""

    preset: Preset
    why: str
    vad: Choice
    stt: tuple[Choice, ...]  # empty with a Realtime model, which takes audio
    llm: tuple[Choice, ...]  # empty with a Realtime model, which is also the LLM
    tts: tuple[Choice, ...]  # with a Realtime model: for the fixed lines
    realtime: Choice | None
    notes: tuple[str, ...]  # suggested changes to the settings

    @property
    def every(self) -> tuple[Choice, ...]:
        """All choices in this order: VAD, STT, Realtime model, LLM, TTS."""
        realtime = (self.realtime,) if self.realtime is not None else ()
        return (self.vad, *self.stt, *realtime, *self.llm, *self.tts)
