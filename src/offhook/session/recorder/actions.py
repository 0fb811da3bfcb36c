"""The methods of a running call that pause and resume its recording."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from offhook.session.recorder.call_recording import CallRecording

__all__ = ["RecordingActions"]


class RecordingActions:
    """The part of `OngoingCall` that acts on the recording. `on_loop` runs a change on the call's event loop."""

    def __init__(self, recording: CallRecording, on_loop: Callable[[Callable[[], object]], None]) -> None:
        self.recording = recording
        self._run_now = on_loop

    def pause_recording(self, *, by: str = "code") -> None:
        """Until `resume_recording` is called, keep no audio, words or phone keys in the recording and the journal. If a
        part of a text is spoken during the pause, no word of that text is kept. If the recording is already paused,
        this method has no effect.
        """
        self._run_now(lambda: self.recording.pause(by=by))

    def resume_recording(self, *, by: str = "code") -> None:
        """Record again after `pause_recording`. If the recording is not paused, this method has no effect."""
        self._run_now(lambda: self.recording.resume(by=by))

    @contextmanager
    def recording_paused(self, *, by: str = "code") -> Iterator[None]:
        """Pause the recording until the block ends, for example while the caller enters a card number."""
        self.pause_recording(by=by)
        try:
            yield
        finally:
            self.resume_recording(by=by)
