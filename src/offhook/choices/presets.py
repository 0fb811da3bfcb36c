"""What a preset puts into the stages that nobody chose, and which preset `auto` comes to."""

from collections.abc import Iterable, Mapping

from offhook.choices.addresses import variable_of
from offhook.choices.kinds import Preset, Stage
from offhook.choices.providers import named
from offhook.choices.wanted import Wanted
from offhook.settings import Settings

__all__ = ["SPOKEN", "by_address", "cloud_keys", "fill", "listed", "preset_of"]

SPOKEN: tuple[Stage, ...] = ("stt", "llm", "tts")

_STAGES: Mapping[Preset, Mapping[Stage, tuple[str, ...]]] = {
    # The second of a stage stands in for the first: its key is there for the language model anyway.
    "cloud": {"stt": ("deepgram", "openai"), "llm": ("openai",), "tts": ("cartesia", "openai")},
    "local": {"stt": ("local",), "llm": ("local",), "tts": ("local",)},
    "offline": {"stt": ("pocketsphinx",), "llm": ("rules",), "tts": ("offline",)},
}
_REALTIME_VOICE = "marin"
"""The Realtime model's own default, said aloud: its maker's TTS has another, and a call has one voice."""


def preset_of(settings: Settings, said: Mapping[Stage, tuple[Wanted, ...]]) -> tuple[Preset, str]:
    """The preset and why; `auto` asks which stages are still open, and what is there for them."""
    if settings.preset != "auto":
        return settings.preset, f"OFFHOOK_PRESET={settings.preset}"
    keys = cloud_keys(said)
    if not keys:
        return _like(want for wants in said.values() for want in wants), "every stage is chosen by itself"
    if settings.local_url:
        return "local", "OFFHOOK_LOCAL_URL is set"
    if lacking := [variable_of(key) for key in keys if not getattr(settings, key)]:
        return "offline", f"{listed(lacking)} {_are(lacking)} not set"
    return "cloud", f"{listed([variable_of(key) for key in keys])} {_are(keys)} set"


def cloud_keys(said: Mapping[Stage, tuple[Wanted, ...]]) -> list[str]:
    """The fields of the keys that the cloud preset needs for the stages that nobody chose."""
    still_open = [stage for stage in SPOKEN if not said[stage] and (stage == "tts" or not said["realtime"])]
    firsts = [named(stage, _names("cloud", stage, said)[0]) for stage in still_open]
    return list(dict.fromkeys(first.key for first in firsts))


def fill(
    settings: Settings, stage: Stage, *, preset: Preset, said: Mapping[Stage, tuple[Wanted, ...]]
) -> tuple[Wanted, ...]:
    """What the preset takes for a stage that nobody chose; a stand-in only when its key is there."""
    if stage == "vad":
        return (Wanted(named("vad", "builtin"), "", "", why=f"preset {preset}", asked=""),)
    if stage == "realtime" or (said["realtime"] and stage != "tts"):
        return ()
    asked = "OFFHOOK_LOCAL_URL" if settings.preset == "auto" else f"OFFHOOK_PRESET={preset}"
    voice = _beside(said["realtime"]) if preset == "cloud" else ""
    first, *others = [named(stage, name) for name in _names(preset, stage, said)]
    stand_ins = [other for other in others if getattr(settings, other.key)]
    return tuple(
        Wanted(provider, provider.model, voice, why=f"preset {preset}", asked=asked) for provider in (first, *stand_ins)
    )


def by_address(settings: Settings, stage: Stage) -> tuple[Wanted, ...]:
    """A stage with an address of its own runs there, also when its provider is not named."""
    if stage not in SPOKEN or (settings.realtime and stage != "tts") or not getattr(settings, f"{stage}_url"):
        return ()
    name = variable_of(f"{stage}_url")
    server = named(stage, "local")
    return (Wanted(server, server.model, "", why=f"{name} is set", asked=name),)


def listed(names: list[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _names(preset: Preset, stage: Stage, said: Mapping[Stage, tuple[Wanted, ...]]) -> tuple[str, ...]:
    # Beside a Realtime model its maker's voice, so that one voice speaks on a call and no other key is needed.
    return ("openai",) if said["realtime"] and preset == "cloud" else _STAGES[preset][stage]


def _beside(realtime: tuple[Wanted, ...]) -> str:
    return realtime[0].voice or _REALTIME_VOICE if realtime else ""


def _like(wanted: Iterable[Wanted]) -> Preset:
    providers = [want.provider for want in wanted]
    if any(provider.key for provider in providers):
        return "cloud"
    return "local" if any(provider.name == "local" for provider in providers) else "offline"


def _are(names: list[str]) -> str:
    return "are" if len(names) > 1 else "is"
