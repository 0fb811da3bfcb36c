"""Runs LiveKit's VAD and turn detector over recordings, as `AudioRecognition` does in a call.

The results are kept in a folder, because the detectors need about a minute for all recordings.
"""

import asyncio
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from livekit import rtc
from livekit.agents import inference
from livekit.agents.vad import VADEvent, VADEventType
from livekit.local_inference import EOT, EOT_MAX_SAMPLES, VAD_WINDOW_SAMPLES

from offhook.policies.endpointing.wait import ASK_AGAIN

__all__ = ["RATE", "Silence", "decode", "hear", "vad_events"]

RATE = 16_000
_VERSION = "4"
"""Raise this number when the results of the same recording change."""
_ASK_AFTER = 0.2
"""LiveKit asks its detector when the VAD has counted this many seconds of silence."""
_TAIL = 1.0
"""Seconds of digital silence after the recording, because some recordings end 0.02 s after the last word."""

_Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Silence:
    """One END_OF_SPEECH of the VAD. All times are seconds from the start of the recording.

    `stopped` is the last speech before the silence, `ended` the time of the event, and `resumed` the time of the next
    START_OF_SPEECH (infinite: there is none). `began` is the START_OF_SPEECH before. `probability` is the detector's,
    and `again` its answer at `ASK_AGAIN` seconds of silence, which LiveKit itself never asks for.
    """

    began: float
    stopped: float
    ended: float
    resumed: float
    probability: float
    again: float


def hear(path: Path, cache: Path) -> Sequence[Silence]:
    """Return the silences of a recording."""
    kept = cache / f"{hashlib.sha256(path.read_bytes()).hexdigest()[:24]}-{_VERSION}.json"
    if kept.exists():
        return [Silence(**one) for one in json.loads(kept.read_text())]
    pcm = np.concatenate([decode(path), np.zeros(round(_TAIL * RATE), np.int16)])
    found = _silences(asyncio.run(vad_events(pcm)), pcm)
    cache.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps([asdict(one) for one in found]))
    return found


def decode(path: Path) -> _Samples:
    """Return the recording's samples, mono, at `RATE`."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.int16)


async def vad_events(pcm: _Samples) -> list[VADEvent]:
    """Return the events of LiveKit's VAD."""
    stream = inference.VAD(model="silero").stream()
    for start in range(0, len(pcm) - VAD_WINDOW_SAMPLES + 1, VAD_WINDOW_SAMPLES):
        window = pcm[start : start + VAD_WINDOW_SAMPLES]
        stream.push_frame(rtc.AudioFrame(window.tobytes(), RATE, 1, VAD_WINDOW_SAMPLES))
    stream.end_input()
    try:
        return [event async for event in stream]
    finally:
        await stream.aclose()


def _silences(events: Sequence[VADEvent], pcm: _Samples) -> list[Silence]:
    """Follow `AudioRecognition._on_vad_event`: when it asks, when it drops a prediction, and when speech ends."""
    found: list[Silence] = []
    detector = EOT()
    speaking, asked, began = False, None, 0.0
    for event in events:
        match event.type:
            case VADEventType.START_OF_SPEECH:
                if found and math.isinf(found[-1].resumed):
                    found[-1] = replace(found[-1], resumed=event.timestamp)
                speaking, asked, began = True, None, event.timestamp
            case VADEventType.INFERENCE_DONE:
                if event.raw_accumulated_speech > 0 and speaking:
                    asked = None
                if event.raw_accumulated_silence >= _ASK_AFTER and speaking and asked is None:
                    asked = _predict(detector, pcm, event.samples_index)
            case VADEventType.END_OF_SPEECH:
                speaking = False
                stopped = event.timestamp - event.silence_duration
                again = _predict(detector, pcm, round((stopped + ASK_AGAIN) * RATE))
                found.append(
                    Silence(began, stopped, event.timestamp, math.inf, math.nan if asked is None else asked, again)
                )
    return found


def _predict(detector: EOT, pcm: _Samples, end: int) -> float:
    return float(detector.predict(pcm[max(0, end - EOT_MAX_SAMPLES) : end]))
