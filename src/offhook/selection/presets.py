"""Selects the preset's providers for open stages: stages without a setting. Also chooses a preset for `auto`."""

from collections.abc import Iterable, Mapping

from offhook.selection.addresses import variable_of
from offhook.selection.parse import ModelSpec
from offhook.selection.providers import provider_of
from offhook.selection.types import Preset, Stage
from offhook.settings import Settings

__all__ = ["SPOKEN", "apply_preset", "by_address", "cloud_keys", "listed", "preset_of"]

SPOKEN: tuple[Stage, ...] = ("stt", "llm", "tts")

_STAGES: Mapping[Preset, Mapping[Stage, tuple[str, ...]]] = {
    # The second provider of a stage is the fallback. It uses the OpenAI API key, which the LLM needs anyway.
    "cloud": {"stt": ("deepgram", "openai"), "llm": ("openai",), "tts": ("cartesia", "openai")},
    "local": {"stt": ("local",), "llm": ("local",), "tts": ("local",)},
    "offline": {"stt": ("pocketsphinx",), "llm": ("rules",), "tts": ("offline",)},
}
_REALTIME_VOICE = "marin"
"""The Realtime model's default voice. OpenAI's TTS gets the Realtime model's voice too: with the TTS's own default
voice, the voice would change during the call.
"""


def preset_of(settings: Settings, specs: Mapping[Stage, tuple[ModelSpec, ...]]) -> tuple[Preset, str]:
    """Return the preset and the reason for it. With `auto`, the preset depends on the open stages, their API keys and
    OFFHOOK_LOCAL_URL.
    """
    if settings.preset != "auto":
        return settings.preset, f"OFFHOOK_PRESET={settings.preset}"
    keys = cloud_keys(specs)
    if not keys:
        return _closest_preset(spec for stage in specs.values() for spec in stage), "every stage is set individually"
    if settings.local_url:
        return "local", "OFFHOOK_LOCAL_URL is set"
    if lacking := [variable_of(key) for key in keys if not getattr(settings, key)]:
        return "offline", f"{listed(lacking)} {_are(lacking)} not set"
    return "cloud", f"{listed([variable_of(key) for key in keys])} {_are(keys)} set"


def cloud_keys(specs: Mapping[Stage, tuple[ModelSpec, ...]]) -> list[str]:
    """Return the `Settings` fields of the API keys that the cloud preset needs for the open stages."""
    open_stages = [stage for stage in SPOKEN if not specs[stage] and (stage == "tts" or not specs["realtime"])]
    firsts = [provider_of(stage, _names("cloud", stage, specs)[0]) for stage in open_stages]
    return list(dict.fromkeys(first.key for first in firsts))


def apply_preset(
    settings: Settings, stage: Stage, *, preset: Preset, specs: Mapping[Stage, tuple[ModelSpec, ...]]
) -> tuple[ModelSpec, ...]:
    """Return the preset's providers for an open stage. A fallback is included only if its API key is set."""
    if stage == "vad":
        return (ModelSpec(provider_of("vad", "builtin"), "", "", why=f"preset {preset}", setting=""),)
    if stage == "realtime" or (specs["realtime"] and stage != "tts"):
        return ()
    setting = "OFFHOOK_LOCAL_URL" if settings.preset == "auto" else f"OFFHOOK_PRESET={preset}"
    voice = _realtime_voice(specs["realtime"]) if preset == "cloud" else ""
    first, *others = [provider_of(stage, name) for name in _names(preset, stage, specs)]
    fallbacks = [other for other in others if getattr(settings, other.key)]
    return tuple(
        ModelSpec(provider, provider.model, voice, why=f"preset {preset}", setting=setting)
        for provider in (first, *fallbacks)
    )


def by_address(settings: Settings, stage: Stage) -> tuple[ModelSpec, ...]:
    """Return the model server at the stage's own address (such as OFFHOOK_STT_URL). Return `()` if the stage has no
    such address, or if a Realtime model replaces the stage.
    """
    if stage not in SPOKEN or (settings.realtime and stage != "tts") or not getattr(settings, f"{stage}_url"):
        return ()
    name = variable_of(f"{stage}_url")
    server = provider_of(stage, "local")
    return (ModelSpec(server, server.model, "", why=f"{name} is set", setting=name),)


def listed(names: list[str]) -> str:
    """Join the names: `A`, `A and B`, `A, B and C`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _names(preset: Preset, stage: Stage, specs: Mapping[Stage, tuple[ModelSpec, ...]]) -> tuple[str, ...]:
    # With a Realtime model, the TTS is OpenAI's, so that the call has only one voice and needs only the OpenAI API key.
    return ("openai",) if specs["realtime"] and preset == "cloud" else _STAGES[preset][stage]


def _realtime_voice(realtime: tuple[ModelSpec, ...]) -> str:
    return realtime[0].voice or _REALTIME_VOICE if realtime else ""


def _closest_preset(specs: Iterable[ModelSpec]) -> Preset:
    providers = [spec.provider for spec in specs]
    if any(provider.key for provider in providers):
        return "cloud"
    return "local" if any(provider.name == "local" for provider in providers) else "offline"


def _are(names: list[str]) -> str:
    return "are" if len(names) > 1 else "is"
