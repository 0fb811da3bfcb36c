"""An AudioProcessingModule that changes nothing, in place of LiveKit's native class.

The native code starts its own threads. A thread that logs while Python exits can abort the process (livekit 1.1.21),
and a test run that passed then fails.
"""

from livekit import rtc

__all__ = ["AudioProcessingModule"]


class AudioProcessingModule:
    """Returns the audio unchanged."""

    def __init__(self, **_: bool) -> None:
        """Accept and ignore all options."""

    def process_stream(self, data: rtc.AudioFrame) -> None:
        """Leave the caller's audio unchanged."""

    def process_reverse_stream(self, data: rtc.AudioFrame) -> None:
        """Leave the agent's audio unchanged; the native module uses this audio for echo cancellation."""

    def set_stream_delay_ms(self, delay_ms: int) -> None:
        """Ignore the delay."""
