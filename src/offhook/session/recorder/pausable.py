"""LiveKit's recorder, with pauses.

The recorder of livekit-agents 1.8.9 cannot pause. If LiveKit's recorder is stopped and started again during a speech,
the rest of the speech gets a wrong time in the file. Therefore this class replaces the samples of a pause with silence
before LiveKit's recorder gets them. The class overrides one private method, `_put`. If a new version of LiveKit changes
this method, `tests/contracts/test_recorder.py` fails.
"""

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice.recorder_io import RecorderIO

__all__ = ["PausableRecorder"]


@dataclass(slots=True)
class _Gap:
    """A pause: its start and its end as Unix times, in seconds."""

    start: float
    end: float = math.inf


class PausableRecorder(RecorderIO):
    """Records from `start` to `aclose`, with silence in the pauses. Before `start`, audio passes through and is not
    recorded.
    """

    def __init__(self, session: AgentSession[Any]) -> None:
        super().__init__(agent_session=session)
        self._gaps: list[_Gap] = []
        self._before = math.inf
        self._listens = True

    @property
    def recording(self) -> bool:
        """True until `aclose`, and even before `start`. LiveKit's recording output reads this property.

        If it were false before `start`, a speech that is playing at the start would get a wrong place in the file.
        """
        return self._listens

    @property
    def begun_at(self) -> float:
        """The Unix time of the first sample."""
        return self._before

    async def start(self, *, output_path: str | Path) -> None:
        """Record to this file from now on. If `aclose` was called before, this is a new recording, without the earlier
        audio.
        """
        await super().start(output_path=output_path)
        self._before, self._listens = self.recording_started_at or math.inf, True

    async def aclose(self) -> None:
        """Stop recording, and write the rest of the file."""
        self._listens = False
        await super().aclose()

    def pause(self, at: float) -> None:
        """Record silence from this Unix time on."""
        self._gaps.append(_Gap(at))

    def resume(self, at: float) -> None:
        """Record again from this Unix time on."""
        self._gaps[-1].end = at

    def gaps(self, until: float) -> tuple[tuple[float, float], ...]:
        """Return the start and the end of each pause, in seconds since the start of the recording. `until` is the Unix
        time at which the recording ended.
        """
        cut = ((max(gap.start, self._before), min(gap.end, until)) for gap in self._gaps)
        return tuple(
            (round(start - self._before, 3), round(end - self._before, 3)) for start, end in cut if end > start
        )

    def _put(self, item: Any) -> None:
        frame, started_at = getattr(item, "frame", None), getattr(item, "started_at", 0.0)
        if isinstance(frame, rtc.AudioFrame):
            if started_at + frame.duration <= self._before:
                return
            item = self._without_gaps(item, frame, started_at)
        elif self._before == math.inf and item is not None:
            return  # before `start`, nothing reads the queue, so the queue would only grow
        super()._put(item)

    def _without_gaps(self, item: Any, frame: rtc.AudioFrame, started_at: float) -> Any:
        """Return the item with silence in the pauses. The number of samples does not change, because LiveKit's recorder
        uses this number to place the audio in the file.
        """
        ended_at = started_at + frame.duration
        gaps = [gap for gap in (_Gap(-math.inf, self._before), *self._gaps) if _overlap(gap, started_at, ended_at)]
        if not gaps:
            return item
        samples = np.frombuffer(frame.data, dtype=np.int16).reshape(-1, frame.num_channels).copy()
        for gap in gaps:
            first = math.floor((max(gap.start, started_at) - started_at) * frame.sample_rate)
            last = math.ceil((min(gap.end, ended_at) - started_at) * frame.sample_rate)
            samples[first:last] = 0
        silenced = rtc.AudioFrame(samples.tobytes(), frame.sample_rate, frame.num_channels, len(samples))
        return replace(item, frame=silenced)


def _overlap(gap: _Gap, started_at: float, ended_at: float) -> bool:
    return gap.start < ended_at and started_at < gap.end
