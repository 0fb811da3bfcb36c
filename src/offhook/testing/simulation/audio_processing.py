"""An AudioProcessingModule that changes nothing, in place of LiveKit's native class.

The native code starts its own threads. If one of these threads logs while Python exits, the process can abort (livekit
1.1.21); then a test run fails although all its tests passed.
"""

from livekit import rtc

__all__ = ["AudioProcessingModule"]


class AudioProcessingModule:
    """Leaves the audio unchanged."""

    def __init__(self, **_: bool) -> None:
        """Accept and ignore all options."""

    def process_stream(self, data: rtc.AudioFrame) -> None:
        """Leave the caller's audio unchanged."""

    def process_reverse_stream(self, data: rtc.AudioFrame) -> None:
        """Leave the agent's audio unchanged; the native module uses this audio for echo cancellation."""

    def set_stream_delay_ms(self, delay_ms: int) -> None:
        """Ignore the delay."""
