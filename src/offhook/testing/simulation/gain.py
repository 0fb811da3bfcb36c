"""In place of LiveKit's native audio processing: simulated callers are loud enough.

Native code starts threads of its own; one that logs while Python ends can abort the process (livekit 1.1.21), and a
test run that passed would then fail.
"""

from livekit import rtc

__all__ = ["AudioProcessingModule"]


class AudioProcessingModule:
    """Leaves the sound as it is."""

    def __init__(self, **_: bool) -> None:
        """Whatever is asked for."""

    def process_stream(self, data: rtc.AudioFrame) -> None:
        """The caller's side."""

    def process_reverse_stream(self, data: rtc.AudioFrame) -> None:
        """The agent's side, for the canceller of its echo."""

    def set_stream_delay_ms(self, delay_ms: int) -> None:
        """Nothing is delayed."""
