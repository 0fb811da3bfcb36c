"""Converts audio samples to another sample rate, and to and from audio files."""

import io
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

__all__ = ["FORMATS", "HEARING_RATE", "OPENAI_RATE", "Resampler", "Sound", "decode", "encode"]

HEARING_RATE = 16_000
"""The samples per second that the STT models of this package expect."""

OPENAI_RATE = 24_000

FORMATS = {
    "mp3": ("mp3", "libmp3lame", "audio/mpeg"),
    "wav": ("wav", "pcm_s16le", "audio/wav"),
    "flac": ("flac", "flac", "audio/flac"),
    "opus": ("ogg", "libopus", "audio/ogg"),
    "aac": ("adts", "aac", "audio/aac"),
}
"""For each audio format: its container, codec and content type. `pcm` is not listed, because it has no container."""


@dataclass(frozen=True, slots=True)
class Sound:
    """16-bit mono samples."""

    pcm: bytes
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / self.rate

    def at(self, rate: int) -> "Sound":
        """Return the same audio at another sample rate; the duration does not change."""
        if rate == self.rate or not self.pcm:
            return Sound(self.pcm, rate)
        samples = np.frombuffer(self.pcm, np.int16)
        positions = np.arange(round(len(samples) * rate / self.rate)) * self.rate / rate
        return Sound(np.interp(positions, np.arange(len(samples)), samples).astype(np.int16).tobytes(), rate)


class Resampler:
    """Converts a stream of samples to 16 kHz."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=HEARING_RATE)
        self._odd_byte = b""

    def push(self, pcm: bytes) -> bytes:
        pcm = self._odd_byte + pcm
        self._odd_byte = pcm[len(pcm) // 2 * 2 :]
        samples = np.frombuffer(pcm[: len(pcm) // 2 * 2], np.int16)
        if self._rate == HEARING_RATE or not len(samples):
            return samples.tobytes()
        return b"".join(_samples(frame).tobytes() for frame in self._resampler.resample(_frame(samples, self._rate)))


def decode(file: bytes) -> bytes:
    """Decode an audio file to 16 kHz samples; raises av.FFmpegError or IndexError if it is not audio."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=HEARING_RATE)
    with av.open(io.BytesIO(file), "r") as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return b"".join(_samples(frame).tobytes() for frame in [*frames, *resampler.resample(None)])


def encode(sound: Sound, kind: str) -> bytes:
    """Encode the audio as a file of this format."""
    if kind == "pcm":
        return sound.pcm
    container_format, codec, _ = FORMATS[kind]
    file = io.BytesIO()
    with av.open(file, "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=sound.rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        resampler = av.AudioResampler(stream.format, "mono", stream.rate, stream.frame_size or None)
        samples = np.frombuffer(sound.pcm, np.int16)
        for frame in [*resampler.resample(_frame(samples, sound.rate)), *resampler.resample(None), None]:
            for packet in stream.encode(frame):
                container.mux(packet)
    return file.getvalue()


def _frame(samples: npt.NDArray[np.int16], rate: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    return frame


def _samples(frame: av.AudioFrame) -> npt.NDArray[np.int16]:
    return frame.to_ndarray().reshape(-1).astype(np.int16)
