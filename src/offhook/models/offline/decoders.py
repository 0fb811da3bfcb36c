"""A pool of PocketSphinx decoders. Each decoder is loaded once. Only one call at a time uses a decoder."""

import re
import threading
from collections.abc import Sequence

from pocketsphinx import Decoder

__all__ = ["RATE", "SHARED", "Decoders", "SphinxDecoder"]

RATE = 16_000
_MARKS = re.compile(r"\(\d+\)|<[^>]*>|\[[^\]]*\]")


class SphinxDecoder:
    """One decoder, which turns the audio of an utterance into text."""

    def __init__(self, phrases: Sequence[str] = ()) -> None:
        # A second pass over the utterance costs 80 ms after the end of speech and has no measurable gain.
        if not phrases:
            self._decoder = Decoder(samprate=RATE, loglevel="FATAL", fwdflat=False)
        else:
            self._decoder = Decoder(samprate=RATE, loglevel="FATAL", fwdflat=False, lm=None)
            self._decoder.add_jsgf_string("phrases", _grammar(phrases))
            self._decoder.activate_search("phrases")
        self._initial_mean = self.cepstral_mean

    @property
    def cepstral_mean(self) -> str:
        """The decoder's estimate of the sound of the voice and the connection, in PocketSphinx's own format."""
        return str(self._decoder.get_cmn(False))

    def reset(self) -> None:
        """Undo the adaptation to the last caller's voice, because the next call has another caller."""
        self._decoder.set_cmn(self._initial_mean)

    def begin(self, pcm: bytes) -> None:
        self._decoder.start_utt()
        self.hear(pcm)

    def hear(self, pcm: bytes) -> None:
        self._decoder.process_raw(pcm, False, False)

    def end(self) -> str:
        self._decoder.end_utt()
        return self.understood()

    def understood(self) -> str:
        hypothesis = self._decoder.hyp()
        return " ".join(_MARKS.sub(" ", hypothesis.hypstr).split()) if hypothesis else ""


class Decoders:
    """Holds the decoders that no call uses at the moment. Loading a decoder takes 0.3 s and 97 MB."""

    def __init__(self, phrases: Sequence[str] = ()) -> None:
        self._phrases = tuple(phrases)
        self._free: list[SphinxDecoder] = []
        self._lock = threading.Lock()

    def fill(self) -> None:
        """Load a decoder, unless a free decoder exists."""
        with self._lock:
            if not self._free:
                self._free.append(SphinxDecoder(self._phrases))

    def take(self) -> SphinxDecoder:
        """Return a decoder without any adaptation. If no decoder is free, load a new decoder."""
        with self._lock:
            decoder = self._free.pop() if self._free else None
        if decoder is None:
            return SphinxDecoder(self._phrases)
        decoder.reset()
        return decoder

    def give(self, decoder: SphinxDecoder) -> None:
        with self._lock:
            self._free.append(decoder)


def _grammar(phrases: Sequence[str]) -> str:
    sentences = [" ".join(re.sub(r"[^a-z' ]", " ", phrase.lower()).split()) for phrase in phrases]
    return f"#JSGF V1.0; grammar phrases; public <phrase> = {' | '.join(filter(None, sentences))};"


SHARED = Decoders()  # without a list of phrases; all jobs of a forkserver share the memory of the model
