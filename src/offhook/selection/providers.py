"""The table of providers: for each stage the names, default models, API key settings and URL settings."""

from dataclasses import dataclass

from offhook.selection.types import Stage

__all__ = ["PROVIDERS", "STAGE_NAMES", "Provider", "provider_of"]

STAGE_NAMES: dict[Stage, str] = {"vad": "VAD", "stt": "STT", "llm": "LLM", "tts": "TTS", "realtime": "Realtime"}
"""The name of each stage in error texts."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider of one stage. `name` is the name in the settings. `key` and `url` are the names of the `Settings`
    fields for the API key and the address.
    """

    stage: Stage
    name: str
    title: str
    model: str = ""  # the default model; empty if the provider has only one model, or if `needs_model` is True
    needs_model: bool = False  # True if there is no default model, so that the settings must name the model
    key: str = ""
    url: str = ""

    @property
    def models(self) -> bool:
        return bool(self.model) or self.needs_model


def _openai(stage: Stage, name: str, model: str) -> Provider:
    return Provider(stage, name, "OpenAI", model, key="openai_api_key", url="openai_base_url")


PROVIDERS: dict[Stage, tuple[Provider, ...]] = {
    "vad": (Provider("vad", "builtin", "Silero VAD"), Provider("vad", "silero", "Silero VAD (plugin)")),
    "stt": (
        Provider("stt", "deepgram", "Deepgram", "nova-3", key="deepgram_api_key", url="deepgram_base_url"),
        _openai("stt", "openai", "gpt-4o-mini-transcribe"),
        Provider("stt", "local", "", "whisper-1"),
        Provider("stt", "pocketsphinx", "PocketSphinx"),
    ),
    "llm": (
        _openai("llm", "openai", "gpt-4.1-mini"),
        _openai("llm", "responses", "gpt-4.1-mini"),
        Provider("llm", "local", "", needs_model=True),
        Provider("llm", "rules", "rules"),
    ),
    "tts": (
        Provider("tts", "cartesia", "Cartesia", "sonic-3", key="cartesia_api_key", url="cartesia_base_url"),
        _openai("tts", "openai", "gpt-4o-mini-tts"),
        Provider("tts", "local", "", "tts-1"),
        Provider("tts", "offline", "offline voice"),
        Provider("tts", "flite", "Flite"),
    ),
    "realtime": (_openai("realtime", "openai", "gpt-realtime"),),
}


def provider_of(stage: Stage, name: str) -> Provider:
    """Return the stage's provider that has this name. The provider must exist."""
    return next(provider for provider in PROVIDERS[stage] if provider.name == name)
