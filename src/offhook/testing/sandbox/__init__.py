"""A provider sandbox: Deepgram, OpenAI and Cartesia on this machine, as their plugins see them."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offhook.testing.sandbox.brain import Answer, Asked, Brain, Line, Rules, Script
    from offhook.testing.sandbox.ears import Ears, Oracle
    from offhook.testing.sandbox.hook import Cut, Event, Hook, Refusal, Request, SandboxError
    from offhook.testing.sandbox.recogniser import PocketSphinxEars
    from offhook.testing.sandbox.sandbox import Sandbox
    from offhook.testing.sandbox.sound import Sound
    from offhook.testing.sandbox.voice import Offline, Tone, Voice

__all__ = [
    "Answer",
    "Asked",
    "Brain",
    "Cut",
    "Ears",
    "Event",
    "Hook",
    "Line",
    "Offline",
    "Oracle",
    "PocketSphinxEars",
    "Refusal",
    "Request",
    "Rules",
    "Sandbox",
    "SandboxError",
    "Script",
    "Sound",
    "Tone",
    "Voice",
]

_HOMES = {
    "brain": ("Answer", "Asked", "Brain", "Line", "Rules", "Script"),
    "ears": ("Ears", "Oracle"),
    "hook": ("Cut", "Event", "Hook", "Refusal", "Request", "SandboxError"),
    "recogniser": ("PocketSphinxEars",),
    "sandbox": ("Sandbox",),
    "sound": ("Sound",),
    "voice": ("Offline", "Tone", "Voice"),
}


def __getattr__(name: str) -> object:
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    return value
