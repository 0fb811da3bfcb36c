"""The value `BargeIn`: how the agent reacts to a sound of the caller while the agent speaks."""

import math
from dataclasses import dataclass

from offhook.core.errors import PlanError

__all__ = ["BargeIn"]

_RANGES = {"wait_for_words": (0.1, 5.0), "max_pause": (0.5, 60.0), "max_noise": (0.5, 30.0)}


@dataclass(frozen=True, slots=True)
class BargeIn:
    """How the agent reacts to a sound of the caller while the agent speaks.

    At the caller's first sound, the agent pauses. Words interrupt the agent. After a backchannel ("mhm", "okay"), or a
    sound without words, the agent continues with the word at which the agent paused.

    - `wait_for_words`: after the end of a sound, the agent waits this many seconds for the transcript. If no words come
      in this time, the agent continues.
    - `max_pause`: after this many seconds of sound without a word, the agent continues, even if the sound does not end.
    - `max_noise`: if sounds without words have paused the agent for this many seconds within the last 30 s, further
      sounds do not pause the agent. Words still interrupt the agent.
    - `backchannels`: words and phrases, in lower case, that replace the built-in list of backchannels. With an empty
      tuple, every word interrupts the agent, but sounds such as "mhm" do not.
    """

    wait_for_words: float = 0.6
    max_pause: float = 6.0
    max_noise: float = 8.0
    backchannels: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not (isinstance(value, int | float) and math.isfinite(value) and least <= value <= most):
                raise PlanError(f"BargeIn({name}={value!r}): give seconds, at least {least:g} and at most {most:g}")
        words = self.backchannels
        if words is not None and not (isinstance(words, tuple) and all(isinstance(word, str) for word in words)):
            raise PlanError(f'BargeIn(backchannels={words!r}): give a tuple of words, such as ("mhm", "okay")')
        for word in words or ():
            if not word.strip() or word != word.casefold():
                raise PlanError(f"BargeIn(backchannels=…) has {word!r}; give words in lower case")
