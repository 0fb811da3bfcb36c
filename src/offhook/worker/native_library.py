"""Starts LiveKit's native library in an idle job process, so that no call waits for it."""

import asyncio

from livekit import rtc

__all__ = ["start_native_library"]

_RATE = 48_000


def start_native_library() -> None:
    """Start the library's threads, and run once through the code that makes a track. The threads then sleep."""
    loop = asyncio.new_event_loop()  # an idle process has no event loop yet, and the source is never used
    source = rtc.AudioSource(_RATE, 1, queue_size_ms=0, loop=loop)  # with a queue, a source wakes 100 times a second
    loop.close()
    rtc.LocalAudioTrack.create_audio_track("offhook_idle", source)
