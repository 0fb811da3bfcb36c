"""Settings in, one choice for each stage out; every problem is found before any is told."""

from collections.abc import Iterator, Mapping

from offhook.choices.addresses import address
from offhook.choices.kinds import Choice, Choices, Stage
from offhook.choices.missing import missing
from offhook.choices.notes import notes
from offhook.choices.presets import SPOKEN, by_address, cloud_keys, fill, preset_of
from offhook.choices.wanted import Wanted, variable, wanted
from offhook.core.errors import SettingsError
from offhook.settings import Settings

__all__ = ["choices"]


def choices(settings: Settings) -> Choices:
    """Choose every stage; raises `SettingsError` with one line for each problem."""
    said = _said(settings)
    preset, why = preset_of(settings, said)
    full = {stage: wants or fill(settings, stage, preset=preset, said=said) for stage, wants in said.items()}
    every = [want for wants in full.values() for want in wants]
    _refuse(list(missing(settings, every)))
    made = {stage: tuple(_made(settings, want) for want in wants) for stage, wants in full.items()}
    by_default = settings.preset == "auto" and preset == "offline"
    lacking = [key for key in cloud_keys(said) if by_default and not getattr(settings, key)]
    return Choices(
        preset=preset,
        why=why,
        vad=made["vad"][0],
        stt=made["stt"],
        llm=made["llm"],
        tts=made["tts"],
        realtime=next(iter(made["realtime"]), None),
        notes=tuple(notes(settings, [want.provider for want in every], lacking=lacking)),
    )


def _said(settings: Settings) -> Mapping[Stage, tuple[Wanted, ...]]:
    """What the settings say about each stage, by name or by address; empty where they say nothing."""
    problems: list[str] = []
    stages: tuple[Stage, ...] = ("vad", "stt", "llm", "tts", "realtime")
    said = {stage: wanted(stage, getattr(settings, stage), problems) for stage in stages}
    _refuse([*problems, *_against_realtime(settings)])
    return {stage: wants or by_address(settings, stage) for stage, wants in said.items()}


def _against_realtime(settings: Settings) -> Iterator[str]:
    both = [variable(stage) for stage in SPOKEN if stage != "tts" and getattr(settings, stage)]
    if settings.realtime and both:
        yield f"OFFHOOK_REALTIME hears and answers by itself; unset {' and '.join(both)}, or OFFHOOK_REALTIME"
    if settings.realtime and settings.turn_detection == "stt":
        yield "OFFHOOK_TURN_DETECTION=stt needs speech recognition; with OFFHOOK_REALTIME use auto, vad or v1-mini"


def _made(settings: Settings, want: Wanted) -> Choice:
    at = address(settings, want.provider)
    return Choice(
        stage=want.provider.stage,
        provider="openai" if want.provider.name == "local" else want.provider.name,
        model=want.model,
        voice=want.voice,
        base_url=at.url,
        key=at.key,
        key_name=at.key_name,
        why=want.why,
    )


def _refuse(problems: list[str]) -> None:
    if problems:
        raise SettingsError("\n".join(problems))
