"""When the model may begin its answer before the caller's turn is complete, and how many such answers may be thrown
away.
"""

import math
from dataclasses import dataclass

from offhook.core.errors import PlanError

__all__ = ["WorkAhead"]

_LONGEST = 5.0
_COUNTS = {"per_turn": (1, 10), "per_call": (1, 10_000)}
"""The smallest and the largest allowed value of each count."""


@dataclass(frozen=True, slots=True)
class WorkAhead:
    """When the model may begin to answer before the transcript is final. The model begins when an interim transcript
    has not changed for some time. If the caller says more, offhook throws the answer away: it is not played, and its
    tool calls are not run.

    - `stable`: how many seconds the transcript must stay the same while the VAD reports silence. After a transcript
      that ends like a sentence, a short pause in the caller's sound counts as silence too.
    - `sentence`: how many seconds a transcript that ends like a sentence must stay the same, even while the VAD reports
      speech.
    - `per_turn`: how many answers may begin on interim transcripts in one turn of the caller.
    - `per_call`: after this many early answers of a call were thrown away, no later answer of the call begins early.
    - `voice`: if True, the TTS begins early too, so that the audio is ready when the turn is complete.
    """

    stable: float = 0.1
    sentence: float = 0.3
    per_turn: int = 2
    per_call: int = 40
    voice: bool = True

    def __post_init__(self) -> None:
        for name in ("stable", "sentence"):
            seconds = getattr(self, name)
            if not (math.isfinite(seconds) and 0 <= seconds <= _LONGEST):
                raise PlanError(f"WorkAhead({name}={seconds!r}): give seconds, from 0 to {_LONGEST:g}")
        for name, (least, most) in _COUNTS.items():
            count = getattr(self, name)
            if not isinstance(count, int) or not least <= count <= most:
                raise PlanError(f"WorkAhead({name}={count!r}): give a whole number from {least} to {most}")
