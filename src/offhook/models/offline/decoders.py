"""A pool of PocketSphinx decoders. Each decoder is loaded once, and serves one caller after the other."""

import asyncio
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from pocketsphinx import Decoder

__all__ = ["RATE", "SHARED", "DecoderThread", "Decoders", "SphinxDecoder"]

P = ParamSpec("P")
T = TypeVar("T")
RATE = 16_000
_MARKS = re.compile(r"\(\d+\)|<[^>]*>|\[[^\]]*\]")


class SphinxDecoder:
    """One decoder, which turns the audio of an utterance into text."""

    def __init__(self, phrases: Sequence[str] = ()) -> None:
        # `fwdflat=False` turns off a second pass over the utterance, which takes 80 ms after the end of speech and has
        # no measurable benefit.
        if not phrases:
            self._decoder = Decoder(samprate=RATE, loglevel="FATAL", fwdflat=False)
        else:
            self._decoder = Decoder(samprate=RATE, loglevel="FATAL", fwdflat=False, lm=None)
            self._decoder.add_jsgf_string("phrases", _grammar(phrases))
            self._decoder.activate_search("phrases")
        self._initial_mean = self.cepstral_mean
        self._in_utterance = False

    @property
    def cepstral_mean(self) -> str:
        """The decoder's estimate of the sound of the voice and the connection, in PocketSphinx's own format."""
        return str(self._decoder.get_cmn(False))

    def reset(self) -> None:
        """End an open utterance, and undo the adaptation to the last caller's voice, because the next call has another
        caller.
        """
        if self._in_utterance:
            self.end()
        self._decoder.set_cmn(self._initial_mean)

    def begin(self, pcm: bytes) -> None:
        self._decoder.start_utt()
        self._in_utterance = True
        self.hear(pcm)

    def hear(self, pcm: bytes) -> None:
        self._decoder.process_raw(pcm, False, False)

    def end(self) -> str:
        self._decoder.end_utt()
        self._in_utterance = False
        return self.understood()

    def understood(self) -> str:
        hypothesis = self._decoder.hyp()
        return " ".join(_MARKS.sub(" ", hypothesis.hypstr).split()) if hypothesis else ""


class Decoders:
    """Holds the decoders that no call uses at the moment. Loading a decoder takes 0.3 s and 97 MB of memory."""

    def __init__(self, phrases: Sequence[str] = ()) -> None:
        self._phrases = tuple(phrases)
        self._free: list[SphinxDecoder] = []
        self._lock = threading.Lock()

    def fill(self) -> None:
        """If no decoder is free, load a decoder."""
        with self._lock:
            if not self._free:
                self._free.append(SphinxDecoder(self._phrases))

    def take(self) -> SphinxDecoder:
        """Return a decoder that is not adapted to any voice. If no decoder is free, load a new decoder."""
        with self._lock:
            decoder = self._free.pop() if self._free else None
        if decoder is None:
            return SphinxDecoder(self._phrases)
        decoder.reset()
        return decoder

    def give(self, decoder: SphinxDecoder) -> None:
        with self._lock:
            self._free.append(decoder)


class DecoderThread:
    """The thread that runs the decoders of one STT, one function call at a time. If `phrases` is not empty, the
    decoders recognise only these sentences.
    """

    def __init__(self, phrases: Sequence[str], name: str) -> None:
        self.decoders = Decoders(phrases) if phrases else SHARED
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def give_back(self, decoder: SphinxDecoder) -> None:
        """Give the decoder back to the pool when its last function call has ended. The task that waited for this call
        may have been cancelled earlier.
        """
        self._thread.submit(self.decoders.give, decoder)


def _grammar(phrases: Sequence[str]) -> str:
    sentences = [" ".join(re.sub(r"[^a-z' ]", " ", phrase.lower()).split()) for phrase in phrases]
    return f"#JSGF V1.0; grammar phrases; public <phrase> = {' | '.join(filter(None, sentences))};"


SHARED = Decoders()  # decoders without a list of phrases; forked job processes share the memory of a preloaded decoder
