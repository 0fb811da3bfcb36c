"""The providers that a stage can have: what they are called, what they need, what they take when nothing is said."""

from dataclasses import dataclass

from offhook.choices.kinds import Stage

__all__ = ["PROVIDERS", "WORDS", "Provider", "named"]

WORDS: dict[Stage, str] = {
    "vad": "voice activity",
    "stt": "speech recognition",
    "llm": "the language model",
    "tts": "the voice",
    "realtime": "a Realtime model",
}
"""What a stage is called in a sentence."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider as the settings name it; `key` and `url` are fields of `Settings`."""

    stage: Stage
    name: str
    title: str
    model: str = ""  # taken when none is named; empty: it has one model only, or `asks`
    asks: bool = False  # nobody can guess the model: it must be named
    key: str = ""
    url: str = ""

    @property
    def models(self) -> bool:
        return bool(self.model) or self.asks


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
        Provider("llm", "local", "", asks=True),
        Provider("llm", "rules", "rules"),
    ),
    "tts": (
        Provider("tts", "cartesia", "Cartesia", "sonic-3", key="cartesia_api_key", url="cartesia_base_url"),
        _openai("tts", "openai", "gpt-4o-mini-tts"),
        Provider("tts", "local", "", "tts-1"),
        Provider("tts", "offline", "offline voice"),
    ),
    "realtime": (_openai("realtime", "openai", "gpt-realtime"),),
}


def named(stage: Stage, name: str) -> Provider:
    """The provider of that name, which must be one of the stage's."""
    return next(provider for provider in PROVIDERS[stage] if provider.name == name)
