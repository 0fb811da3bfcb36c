"""Suggests changes to the settings: API keys to add, and settings that no stage uses."""

from collections.abc import Iterator, Sequence

from offhook.selection.addresses import address, variable_of
from offhook.selection.presets import listed
from offhook.selection.providers import Provider
from offhook.settings import Settings

__all__ = ["hints"]

_SETTINGS = (
    *("deepgram_api_key", "openai_api_key", "cartesia_api_key"),
    *("deepgram_base_url", "openai_base_url", "cartesia_base_url"),
    *("local_url", "local_key", "stt_url", "stt_key", "llm_url", "llm_key", "tts_url", "tts_key"),
)


def hints(settings: Settings, providers: Sequence[Provider], *, lacking: Sequence[str]) -> Iterator[str]:
    """Yield one sentence per suggestion. If the preset is `offline` because API keys are missing, `lacking` has the
    `Settings` fields of these keys.
    """
    if lacking:
        own = "OFFHOOK_LOCAL_URL for your own model server"
        yield f"set {listed([variable_of(field) for field in lacking])} for the cloud models, or {own}"
    used = {field for provider in providers for field in address(settings, provider).fields}
    for field in _SETTINGS:
        if getattr(settings, field) and field not in used:
            yield f"{variable_of(field)} is set, but no stage uses it"
