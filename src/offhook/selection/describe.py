"""Describes the selected models in one line: for the log, the talk page and the commands."""

from urllib.parse import urlsplit

from offhook.selection.providers import provider_of
from offhook.selection.select import select_models
from offhook.selection.types import Choice, Choices
from offhook.settings import Settings

__all__ = ["describe", "summary"]


def describe(settings: Settings) -> str:
    """Describe in one line which models a call uses, and why. Raises `SettingsError` if the selection fails."""
    return summary(select_models(settings))


def summary(chosen: Choices) -> str:
    """Describe models that are already selected."""
    realtime = (chosen.realtime,) if chosen.realtime is not None else ()
    stages = [(chosen.vad,), realtime, chosen.stt, chosen.llm, chosen.tts]
    names = ", ".join(" then ".join(_name(choice) for choice in stage) for stage in stages if stage)
    return f"models: {chosen.preset} ({names}) because {chosen.why}"


def _name(choice: Choice) -> str:
    """Return the name of a model, such as `Deepgram nova-3` or `llama3.2 at localhost:11434`."""
    if choice.local:
        return f"{choice.model} at {urlsplit(choice.base_url or '').netloc.rpartition('@')[2]}"
    return " ".join(filter(None, [provider_of(choice.stage, choice.provider).title, choice.model]))
