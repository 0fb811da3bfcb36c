"""PocketSphinx decoders: loaded once, lent to one call at a time."""

import re
import threading
from collections.abc import Sequence

from pocketsphinx import Decoder

__all__ = ["RATE", "SHARED", "Decoders", "Ears"]

RATE = 16_000
_MARKS = re.compile(r"\(\d+\)|<[^>]*>|\[[^\]]*\]")


class Ears:
    """One decoder; what it understands of the utterance being heard."""

    def __init__(self, phrases: Sequence[str] = ()) -> None:
        # The second pass over an utterance costs 80 ms after the caller stops and gains nothing measurable.
        if not phrases:
            self._decoder = Decoder(samprate=RATE, loglevel="FATAL", fwdflat=False)
        else:
            self._decoder = Decoder(samprate=RATE, loglevel="FATAL", fwdflat=False, lm=None)
            self._decoder.add_jsgf_string("phrases", _grammar(phrases))
            self._decoder.activate_search("phrases")
        self._new = self.adapted

    @property
    def adapted(self) -> str:
        """What it takes for the average of the voice and its line, in PocketSphinx's own form."""
        return str(self._decoder.get_cmn(False))

    def forget(self) -> None:
        """Be as new: the decoder adapts to each voice that it hears, and the next call is somebody else's."""
        self._decoder.set_cmn(self._new)

    def begin(self, pcm: bytes) -> None:
        self._decoder.start_utt()
        self.hear(pcm)

    def hear(self, pcm: bytes) -> None:
        self._decoder.process_raw(pcm, False, False)

    def end(self) -> str:
        self._decoder.end_utt()
        return self.understood()

    def understood(self) -> str:
        guess = self._decoder.hyp()
        return " ".join(_MARKS.sub(" ", guess.hypstr).split()) if guess else ""


class Decoders:
    """Decoders that no call uses just now; one takes 0.3 s and 97 MB to load."""

    def __init__(self, phrases: Sequence[str] = ()) -> None:
        self._phrases = tuple(phrases)
        self._free: list[Ears] = []
        self._lock = threading.Lock()

    def fill(self) -> None:
        """Load one decoder, unless one is free already."""
        with self._lock:
            if not self._free:
                self._free.append(Ears(self._phrases))

    def take(self) -> Ears:
        """One that has forgotten whom it heard before."""
        with self._lock:
            ears = self._free.pop() if self._free else None
        if ears is None:
            return Ears(self._phrases)
        ears.forget()
        return ears

    def give(self, ears: Ears) -> None:
        with self._lock:
            self._free.append(ears)


def _grammar(phrases: Sequence[str]) -> str:
    said = [" ".join(re.sub(r"[^a-z' ]", " ", phrase.lower()).split()) for phrase in phrases]
    return f"#JSGF V1.0; grammar phrases; public <phrase> = {' | '.join(filter(None, said))};"


SHARED = Decoders()  # the open vocabulary: its memory is shared by all jobs of a forkserver
