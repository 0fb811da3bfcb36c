"""What was chosen: one provider for one stage, and all stages of a call."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import SecretStr

__all__ = ["Choice", "Choices", "Preset", "Stage"]

Stage = Literal["vad", "stt", "llm", "tts", "realtime"]
Preset = Literal["cloud", "local", "offline"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One provider for one stage.

    A model server of one's own is the provider `openai` too, which is what it speaks; it has a `base_url`, and
    `key_name` is empty when it wants no key.
    """

    stage: Stage
    provider: str
    model: str  # empty where the stage has one model only
    voice: str  # empty: the provider's default
    base_url: str | None  # None: the provider's own address
    key: SecretStr | None = field(repr=False)
    key_name: str  # the variable that the key comes from
    why: str

    @property
    def local(self) -> bool:
        """It runs on a model server that the settings name with an `OFFHOOK_…_URL`."""
        return self.provider == "openai" and self.key_name != "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True)
class Choices:
    """Every stage of a call. The first of a stage serves it, the others stand in for it."""

    preset: Preset
    why: str
    vad: Choice
    stt: tuple[Choice, ...]  # empty with a Realtime model, which hears for itself
    llm: tuple[Choice, ...]  # empty with a Realtime model, which thinks for itself
    tts: tuple[Choice, ...]  # with a Realtime model it says the fixed sentences
    realtime: Choice | None
    notes: tuple[str, ...]  # what a person could change

    @property
    def every(self) -> tuple[Choice, ...]:
        """All of them in the order of a call: ears, brain, voice."""
        realtime = (self.realtime,) if self.realtime is not None else ()
        return (self.vad, *self.stt, *realtime, *self.llm, *self.tts)
