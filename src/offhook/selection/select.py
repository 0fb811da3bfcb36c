"""Selects the models of a call from the settings, and reports all problems together."""

from collections.abc import Iterator, Mapping

from offhook.core.errors import SettingsError
from offhook.selection.addresses import address
from offhook.selection.hints import hints
from offhook.selection.missing import missing
from offhook.selection.parse import ModelSpec, parse_spec, variable
from offhook.selection.presets import SPOKEN, apply_preset, by_address, cloud_keys, preset_of
from offhook.selection.types import Choice, Choices, Stage
from offhook.settings import Settings

__all__ = ["select_models"]


def select_models(settings: Settings) -> Choices:
    """Select the models of every stage. Raises `SettingsError` with one line per problem."""
    specs = _specs(settings)
    preset, why = preset_of(settings, specs)
    filled = {
        stage: given or apply_preset(settings, stage, preset=preset, specs=specs) for stage, given in specs.items()
    }
    every = [spec for stage_specs in filled.values() for spec in stage_specs]
    _refuse(list(missing(settings, every)))
    choices = {stage: tuple(_choice(settings, spec) for spec in stage_specs) for stage, stage_specs in filled.items()}
    by_default = settings.preset == "auto" and preset == "offline"
    lacking = [key for key in cloud_keys(specs) if by_default and not getattr(settings, key)]
    return Choices(
        preset=preset,
        why=why,
        vad=choices["vad"][0],
        stt=choices["stt"],
        llm=choices["llm"],
        tts=choices["tts"],
        realtime=next(iter(choices["realtime"]), None),
        notes=tuple(hints(settings, [spec.provider for spec in every], lacking=lacking)),
    )


def _specs(settings: Settings) -> Mapping[Stage, tuple[ModelSpec, ...]]:
    """Return the providers that the settings select for each stage, by name or address. For a stage without a selected
    provider, the value is `()`.
    """
    problems: list[str] = []
    stages: tuple[Stage, ...] = ("vad", "stt", "llm", "tts", "realtime")
    specs = {stage: parse_spec(stage, getattr(settings, stage), problems) for stage in stages}
    _refuse([*problems, *_realtime_conflicts(settings)])
    return {stage: given or by_address(settings, stage) for stage, given in specs.items()}


def _realtime_conflicts(settings: Settings) -> Iterator[str]:
    both = [variable(stage) for stage in SPOKEN if stage != "tts" and getattr(settings, stage)]
    if settings.realtime and both:
        yield f"OFFHOOK_REALTIME replaces STT and LLM; unset {' and '.join(both)}, or OFFHOOK_REALTIME"
    if settings.realtime and settings.turn_detection == "stt":
        yield "OFFHOOK_TURN_DETECTION=stt needs an STT; with OFFHOOK_REALTIME use auto, vad or v1-mini"


def _choice(settings: Settings, spec: ModelSpec) -> Choice:
    at = address(settings, spec.provider)
    return Choice(
        stage=spec.provider.stage,
        provider="openai" if spec.provider.name == "local" else spec.provider.name,
        model=spec.model,
        voice=spec.voice,
        base_url=at.url,
        key=at.key,
        key_name=at.key_name,
        why=spec.why,
    )


def _refuse(problems: list[str]) -> None:
    if problems:
        raise SettingsError("\n".join(problems))
