"""What is said about the chosen models: in a log line, on the talk page, by the commands."""

from urllib.parse import urlsplit

from offhook.choices.kinds import Choice, Choices
from offhook.choices.pick import choices
from offhook.choices.providers import named
from offhook.settings import Settings

__all__ = ["describe", "tell"]


def describe(settings: Settings) -> str:
    """One line that says which models a call gets, and why; raises `SettingsError` where none can be chosen."""
    return tell(choices(settings))


def tell(chosen: Choices) -> str:
    """The same of choices that are made already."""
    realtime = (chosen.realtime,) if chosen.realtime is not None else ()
    stages = [(chosen.vad,), realtime, chosen.stt, chosen.llm, chosen.tts]
    names = ", ".join(" then ".join(_name(choice) for choice in stage) for stage in stages if stage)
    return f"models: {chosen.preset} ({names}) because {chosen.why}"


def _name(choice: Choice) -> str:
    """`Deepgram nova-3`, or `llama3.2 at localhost:11434`."""
    if choice.local:
        return f"{choice.model} at {urlsplit(choice.base_url or '').netloc.rpartition('@')[2]}"
    return " ".join(filter(None, [named(choice.stage, choice.provider).title, choice.model]))
