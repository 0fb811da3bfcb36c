"""Parses the setting of a stage: `provider[/model][:voice]`. Commas separate fallbacks."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from offhook.selection.providers import PROVIDERS, STAGE_NAMES, Provider, provider_of
from offhook.selection.types import Stage

__all__ = ["ModelSpec", "parse_spec", "variable"]

_STAGES_WITH_VOICE = ("tts", "realtime")
_STAGES_WITHOUT_FALLBACK = ("vad", "realtime")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One provider of a stage, with its model, its voice, and the setting that selects it."""

    provider: Provider
    model: str
    voice: str
    why: str
    setting: str  # named in the error text if an API key, an address or a model is missing


def variable(stage: Stage) -> str:
    """Return the environment variable that selects the provider of this stage."""
    return f"OFFHOOK_{stage.upper()}"


def parse_spec(stage: Stage, text: str | None, problems: list[str]) -> tuple[ModelSpec, ...]:
    """Return all providers in the text, in order. If an entry is invalid, add lines to `problems` and return `()`."""
    if text is None or not text.strip():
        return ()
    setting = f"{variable(stage)}={text.strip()}"
    entries = [entry.strip() for entry in text.split(",")]
    count_before = len(problems)
    problems += _list_problems(stage, entries)
    specs = [_parse_entry(stage, entry, setting, problems) for entry in entries if entry]
    return tuple(spec for spec in specs if spec is not None) if len(problems) == count_before else ()


def _list_problems(stage: Stage, entries: list[str]) -> Iterator[str]:
    name = variable(stage)
    if "" in entries:
        yield f"{name} has an extra comma; write provider/model, with one comma between two entries"
    if repeated := next((entry for entry in entries if entry and entries.count(entry) > 1), None):
        yield f"{name} names {repeated} twice; a fallback must be another provider or model"
    if stage in _STAGES_WITHOUT_FALLBACK and len(entries) > 1:
        yield f"{name} takes one provider, without fallbacks; name one of {_names(stage)}"


def _parse_entry(stage: Stage, entry: str, setting: str, problems: list[str]) -> ModelSpec | None:
    head, model, voice = _parts(stage, entry)
    name = head.lower()
    if name not in (provider.name for provider in PROVIDERS[stage]):
        problems.append(_unknown(stage, entry, name))
        return None
    provider = provider_of(stage, name)
    if (model or voice) and not provider.models:
        what = "model" if model else "voice"
        problems.append(f'{variable(stage)}="{entry}": {name} has no {what} to choose; write {variable(stage)}={name}')
        return None
    return ModelSpec(provider, model or provider.model, voice, why=setting, setting=setting)


def _parts(stage: Stage, entry: str) -> tuple[str, str, str]:
    """Return provider, model and voice. Only the TTS and the Realtime model have voices. In the other stages, a colon
    is a part of the model's name, as in `llama3.2:3b`.
    """
    head, _, model = entry.partition("/")
    voice = ""
    if stage in _STAGES_WITH_VOICE and model:
        before, colon, after = model.rpartition(":")
        model, voice = (before, after) if colon else (model, "")
    elif stage in _STAGES_WITH_VOICE:
        head, _, voice = head.partition(":")
    return head.strip(), model.strip(), voice.strip()


def _unknown(stage: Stage, entry: str, name: str) -> str:
    setting = f'{variable(stage)}="{entry}"'
    if "://" in entry and stage != "vad":
        write = "openai" if stage == "realtime" else "local/<model>"
        return f"{setting} is an address; put it into {_address(stage)} and write {variable(stage)}={write}"
    known = [provider.name for provider in PROVIDERS[stage]]
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"{setting} is not a known {STAGE_NAMES[stage]} provider; did you mean {near[0]}?"
    return (
        f"{setting} is not a known {STAGE_NAMES[stage]} provider; write one of {_names(stage)}, as in {_example(stage)}"
    )


def _address(stage: Stage) -> str:
    return "OPENAI_BASE_URL" if stage == "realtime" else f"{variable(stage)}_URL"


def _example(stage: Stage) -> str:
    first = PROVIDERS[stage][0]
    return f"{first.name}/{first.model}" if first.models else first.name


def _names(stage: Stage) -> str:
    return ", ".join(provider.name for provider in PROVIDERS[stage])
