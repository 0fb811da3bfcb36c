"""Runs LiveKit's VAD and turn detector over recorded audio, as LiveKit's `AudioRecognition` does in a call."""

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from livekit import rtc
from livekit.agents import inference
from livekit.agents.vad import VADEvent, VADEventType
from livekit.local_inference import EOT, EOT_MAX_SAMPLES, VAD_WINDOW_SAMPLES

from offhook.core.errors import OffhookError
from offhook.policies.endpointing.wait import ASK_AGAIN

__all__ = ["RATE", "Samples", "Silence", "decode", "silences", "vad_events"]

RATE = 16_000
_ASK_AFTER = 0.2
"""LiveKit asks its turn detector when the VAD has counted this many seconds of silence."""
_TAIL = 1.0
"""Seconds of digital silence after the recording, because some recordings end right after the last word."""

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence, for which the VAD reported END_OF_SPEECH. All times are seconds from the start of the recording.

    `stopped` is the end of the speech before the silence, and `ended` is the time of END_OF_SPEECH. `resumed` is the
    time of the next START_OF_SPEECH (infinite if there is none). `began` is the time of the previous START_OF_SPEECH.
    `probability` is the turn detector's probability of an end of turn at the moment when LiveKit asks the detector.
    `again` is the probability after `ASK_AGAIN` seconds of silence, when offhook asks the detector again.
    """

    began: float
    stopped: float
    ended: float
    resumed: float
    probability: float
    again: float


def decode(path: Path, *, channels: int = 1) -> list[Samples]:
    """Return the samples of each channel at 16 kHz. With two channels, the first channel has the caller's audio and the
    second channel has the agent's audio.

    Raises `OSError` if the file cannot be read, or `OffhookError` if it has no audio or too few channels.
    """
    layout = "mono" if channels == 1 else "stereo"
    try:
        resampler = av.AudioResampler(format="s16p", layout=layout, rate=RATE)
        with path.open("rb") as file, av.open(file, "r") as container:
            found = container.streams.audio[0].layout.nb_channels
            if found < channels:
                raise OffhookError(f"{path} has {found} channel; the caller and the agent need a channel each")
            frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    except (av.error.FFmpegError, IndexError) as error:
        raise OffhookError(f"{path} has no audio that can be read: {error}") from error
    if not frames:
        raise OffhookError(f"{path} has no audio")
    return list(np.concatenate([frame.to_ndarray() for frame in frames], axis=1).astype(np.int16))


async def vad_events(pcm: Samples) -> AsyncIterator[VADEvent]:
    """Yield the events of LiveKit's VAD."""
    stream = inference.VAD(model="silero").stream()
    for start in range(0, len(pcm) - VAD_WINDOW_SAMPLES + 1, VAD_WINDOW_SAMPLES):
        window = pcm[start : start + VAD_WINDOW_SAMPLES]
        stream.push_frame(rtc.AudioFrame(window.tobytes(), RATE, 1, VAD_WINDOW_SAMPLES))
    stream.end_input()
    try:
        async for event in stream:
            yield event
    finally:
        await stream.aclose()


async def silences(pcm: Samples) -> list[Silence]:
    """Return the silences of one channel.

    This function asks the turn detector, drops the detector's old predictions and ends speech at the same moments as
    LiveKit's `AudioRecognition._on_vad_event`.
    """
    pcm = np.concatenate([pcm, np.zeros(round(_TAIL * RATE), np.int16)])
    found: list[Silence] = []
    detector = EOT()
    speaking, asked, began = False, None, 0.0
    async for event in vad_events(pcm):
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
                first = math.nan if asked is None else asked
                again = _predict(detector, pcm, round((stopped + ASK_AGAIN) * RATE))
                found.append(Silence(began, stopped, event.timestamp, math.inf, first, again))
    return found


def _predict(detector: EOT, pcm: Samples, end: int) -> float:
    return float(detector.predict(pcm[max(0, end - EOT_MAX_SAMPLES) : end]))
