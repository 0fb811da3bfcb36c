"""What a person could change about the models: keys that would help, settings that nothing uses."""

from collections.abc import Iterator, Sequence

from offhook.choices.addresses import address, variable_of
from offhook.choices.presets import listed
from offhook.choices.providers import Provider
from offhook.settings import Settings

__all__ = ["notes"]

_SETTINGS = (
    *("deepgram_api_key", "openai_api_key", "cartesia_api_key"),
    *("deepgram_base_url", "openai_base_url", "cartesia_base_url"),
    *("local_url", "local_key", "stt_url", "stt_key", "llm_url", "llm_key", "tts_url", "tts_key"),
)


def notes(settings: Settings, providers: Sequence[Provider], *, lacking: Sequence[str]) -> Iterator[str]:
    """One sentence for each; `lacking` are the keys for want of which a call is offline."""
    if lacking:
        own = "OFFHOOK_LOCAL_URL for a model server of your own"
        yield f"set {listed([variable_of(field) for field in lacking])} for the cloud models, or {own}"
    used = {field for provider in providers for field in address(settings, provider).fields}
    for field in _SETTINGS:
        if getattr(settings, field) and field not in used:
            yield f"{variable_of(field)} is set, but no stage uses it"
