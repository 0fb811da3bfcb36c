"""Where a simulated call ends and the world would begin: native audio, the server, the journal, the environment."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from unittest import mock

from livekit import api, rtc

from offhook.journal.writer import Journal
from offhook.testing.simulation.gain import AudioProcessingModule
from offhook.testing.simulation.notebook import Notebook
from offhook.testing.simulation.resampler import Resampler
from offhook.testing.simulation.server import SimulatedServer
from offhook.testing.simulation.source import AudioSource
from offhook.testing.simulation.tracks import AgentTrack, AudioStream, DeafStream, SparingStream

__all__ = ["KEY", "SECRET", "URL", "environment", "replaced"]

URL = "ws://simulated.invalid"
KEY = "simulated"
SECRET = "only-for-simulated-calls-that-never-leave-this-process"  # noqa: S105  # it opens nothing
_KEYS = (
    "ANTHROPIC_API_KEY",
    "ASSEMBLYAI_API_KEY",
    "AZURE_SPEECH_KEY",
    "CARTESIA_API_KEY",
    "DEEPGRAM_API_KEY",
    "ELEVEN_API_KEY",
    "GOOGLE_API_KEY",
    "GROQ_API_KEY",
    "OPENAI_API_KEY",
    "RIME_API_KEY",
)
"""Providers whose plugins refuse to be made without a key, though nobody will use them."""


@contextmanager
def environment(*, replace_models: bool, more: Mapping[str, str]) -> Iterator[None]:
    """The variables that the agent file sees; the real ones are back at the end."""
    told = {"LIVEKIT_URL": URL, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    if replace_models:
        told |= {name: os.environ.get(name) or "simulated" for name in _KEYS} | {"OFFHOOK_PRESET": "offline"}
    with mock.patch.dict(os.environ, {**told, **more}):
        yield


@contextmanager
def replaced(notebook: Notebook, server: SimulatedServer, *, sound: bool, sparing: bool = False) -> Iterator[None]:
    """Put what is simulated in the place of what reaches out; `sparing` leaves long silences out of the sound."""
    stream = (SparingStream if sparing else AudioStream) if sound else DeafStream
    stack = ExitStack()
    with stack:
        stack.enter_context(mock.patch.object(rtc, "AudioSource", AudioSource))
        stack.enter_context(mock.patch.object(rtc, "AudioResampler", Resampler))
        stack.enter_context(mock.patch.object(rtc, "AudioProcessingModule", AudioProcessingModule))
        stack.enter_context(mock.patch.object(rtc, "AudioStream", stream))
        stack.enter_context(mock.patch.object(rtc, "LocalAudioTrack", AgentTrack))
        stack.enter_context(mock.patch.object(api, "LiveKitAPI", server))
        stack.enter_context(mock.patch.object(Journal, "open", notebook.open))
        yield
