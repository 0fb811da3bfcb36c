"""What a stage's setting asks for: `provider`, `provider/model` or `provider/model:voice`; after commas, fallbacks."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from offhook.choices.kinds import Stage
from offhook.choices.providers import PROVIDERS, WORDS, Provider, named

__all__ = ["Wanted", "variable", "wanted"]

_VOICED = ("tts", "realtime")
_ONE_ONLY = ("vad", "realtime")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One provider that somebody asked for, and with which words."""

    provider: Provider
    model: str
    voice: str
    why: str
    asked: str  # the setting, for what is said when something is missing


def variable(stage: Stage) -> str:
    """The variable that chooses this stage."""
    return f"OFFHOOK_{stage.upper()}"


def wanted(stage: Stage, text: str | None, problems: list[str]) -> tuple[Wanted, ...]:
    """Everything that the text asks for, the first choice first; what cannot be meant goes to `problems`."""
    if text is None or not text.strip():
        return ()
    asked = f"{variable(stage)}={text.strip()}"
    entries = [entry.strip() for entry in text.split(",")]
    found = len(problems)
    problems += _miscounted(stage, entries)
    read = [_read(stage, entry, asked, problems) for entry in entries if entry]
    return tuple(want for want in read if want is not None) if len(problems) == found else ()


def _miscounted(stage: Stage, entries: list[str]) -> Iterator[str]:
    name = variable(stage)
    if "" in entries:
        yield f"{name} has a comma too many; write provider/model, and a comma between two of them"
    if twice := next((entry for entry in entries if entry and entries.count(entry) > 1), None):
        yield f"{name} names {twice} twice; a fallback must be another provider or model"
    if stage in _ONE_ONLY and len(entries) > 1:
        yield f"{name} takes one provider, without fallbacks; name one of {_names(stage)}"


def _read(stage: Stage, entry: str, asked: str, problems: list[str]) -> Wanted | None:
    head, model, voice = _parts(stage, entry)
    name = head.lower()
    if name not in (provider.name for provider in PROVIDERS[stage]):
        problems.append(_unknown(stage, entry, name))
        return None
    provider = named(stage, name)
    if (model or voice) and not provider.models:
        what = "model" if model else "voice"
        problems.append(f'{variable(stage)}="{entry}": {name} has no {what} to choose; write {variable(stage)}={name}')
        return None
    return Wanted(provider, model or provider.model, voice, why=asked, asked=asked)


def _parts(stage: Stage, entry: str) -> tuple[str, str, str]:
    """Provider, model and voice; the colon belongs to the model where there are no voices, as in `llama3.2:3b`."""
    head, _, model = entry.partition("/")
    voice = ""
    if stage in _VOICED and model:
        before, colon, after = model.rpartition(":")
        model, voice = (before, after) if colon else (model, "")
    elif stage in _VOICED:
        head, _, voice = head.partition(":")
    return head.strip(), model.strip(), voice.strip()


def _unknown(stage: Stage, entry: str, name: str) -> str:
    said = f'{variable(stage)}="{entry}"'
    if "://" in entry and stage != "vad":
        write = "openai" if stage == "realtime" else "local/<model>"
        return f"{said} is an address; put it into {_address(stage)} and write {variable(stage)}={write}"
    known = [provider.name for provider in PROVIDERS[stage]]
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"{said} is not a provider for {WORDS[stage]}; did you mean {near[0]}?"
    return f"{said} is not a provider for {WORDS[stage]}; write one of {_names(stage)}, as in {_example(stage)}"


def _address(stage: Stage) -> str:
    return "OPENAI_BASE_URL" if stage == "realtime" else f"{variable(stage)}_URL"


def _example(stage: Stage) -> str:
    first = PROVIDERS[stage][0]
    return f"{first.name}/{first.model}" if first.models else first.name


def _names(stage: Stage) -> str:
    return ", ".join(provider.name for provider in PROVIDERS[stage])
