"""Replaces the parts that a simulated call must not use: native audio, the server API, the journal file, the
environment.
"""

import asyncio
import os
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from unittest import mock

from livekit import api, rtc
from livekit.agents import BackgroundAudioPlayer

from offhook.call import lifecycle, view
from offhook.journal.dials import Granted
from offhook.journal.writer import Journal
from offhook.room import dial_guard
from offhook.session.recorder.pausable import PausableRecorder
from offhook.settings import variable_names
from offhook.testing.simulation.audio_processing import AudioProcessingModule
from offhook.testing.simulation.memory_journal import InMemoryJournal
from offhook.testing.simulation.resampler import Resampler
from offhook.testing.simulation.server import SimulatedServer
from offhook.testing.simulation.sound_files import checked
from offhook.testing.simulation.source import AudioSource
from offhook.testing.simulation.stand_in_keys import stand_in_keys
from offhook.testing.simulation.tracks import AgentTrack, AudioStream, NullStream, SkippingStream
from offhook.worker import lookup_cache, routing

__all__ = ["KEY", "SECRET", "URL", "environment", "patched"]

URL = "ws://simulated.invalid"
KEY = "simulated"
_WRITES = 10.0
"""Time limit in real seconds for writing the end of a recording."""
SECRET = "only-for-simulated-calls-that-never-leave-this-process"  # noqa: S105  # not a real secret


class _NoProcessGuard:
    """Replaces `ProcessGuard`: a simulated call has no worker process and must make no file beside the real journal."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def stop(self) -> None: ...


@contextmanager
def environment(*, replace_models: bool, plugin_keys: bool, more: Mapping[str, str]) -> Iterator[None]:
    """Set the environment variables that the agent file reads; restore the real environment after the block.

    With `plugin_keys`, provider plugins get a stand-in value for each API key that is not set.
    """
    variables = {"LIVEKIT_URL": URL, "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    if replace_models:
        keys = (name for name in variable_names() if name.endswith("_API_KEY") and name not in variables)
        variables |= {name: os.environ.get(name) or "simulated" for name in keys} | {"OFFHOOK_PRESET": "offline"}
    with (
        tempfile.TemporaryDirectory(prefix="offhook-simulated-") as recordings,  # not the folder of real calls
        mock.patch.dict(os.environ, {"OFFHOOK_RECORDINGS": recordings, **variables, **more}),
        stand_in_keys() if plugin_keys else nullcontext(),
    ):
        yield


@contextmanager
def patched(
    journal: InMemoryJournal, server: SimulatedServer, *, sound: bool, skip_silence: bool = False
) -> Iterator[None]:
    """Replace native and network classes with simulated classes; `skip_silence` drops long silences from the audio."""
    stream = (SkippingStream if skip_silence else AudioStream) if sound else NullStream
    stack = ExitStack()
    with stack:
        stack.enter_context(mock.patch.object(lifecycle, "ProcessGuard", _NoProcessGuard))
        stack.enter_context(mock.patch.object(rtc, "AudioSource", AudioSource))
        stack.enter_context(mock.patch.object(rtc, "AudioResampler", Resampler))
        stack.enter_context(mock.patch.object(rtc, "AudioProcessingModule", AudioProcessingModule))
        stack.enter_context(mock.patch.object(rtc, "AudioStream", stream))
        stack.enter_context(mock.patch.object(rtc, "LocalAudioTrack", AgentTrack))
        stack.enter_context(mock.patch.object(api, "LiveKitAPI", server))
        stack.enter_context(mock.patch.object(BackgroundAudioPlayer, "play", checked(BackgroundAudioPlayer.play)))
        stack.enter_context(mock.patch.object(Journal, "open", journal.open))
        stack.enter_context(mock.patch.object(dial_guard, "claim", return_value=Granted()))
        stack.enter_context(mock.patch.object(view, "Reader", journal.reader))
        stack.enter_context(mock.patch.object(routing, "Reader", journal.reader))
        stack.enter_context(mock.patch.object(lookup_cache, "NAME", None))
        stack.enter_context(mock.patch.object(PausableRecorder, "aclose", _in_real_time(PausableRecorder.aclose)))
        yield


def _in_real_time(
    close: Callable[[PausableRecorder], Awaitable[None]],
) -> Callable[[PausableRecorder], Awaitable[None]]:
    """Return an `aclose` that stops the virtual clock while LiveKit's recorder writes its file.

    The recorder writes in a thread outside the virtual loop.
    """

    async def aclose(self: PausableRecorder) -> None:
        closed = threading.Event()
        waiting = asyncio.ensure_future(asyncio.to_thread(closed.wait, _WRITES))
        try:
            await close(self)
        finally:
            closed.set()
            await waiting

    return aclose
