"""The value `DeadAir`: time limits for an answer, and the lines that the caller hears while waiting."""

import math
from dataclasses import dataclass, field

from offhook.core.errors import PlanError

__all__ = ["DeadAir"]

TIMES = ("filler", "filler_interval", "tool_filler_interval", "retry", "give_up", "no_match", "min_speech", "tool")
_COUNTS = {"max_no_matches": 1, "max_same_calls": 2, "max_calls_in_turn": 1, "max_calls_in_call": 1}
"""The smallest allowed value of each count."""


@dataclass(frozen=True, slots=True)
class DeadAir:
    """Time limits for an answer, and the lines that the caller hears while waiting.

    `filler`, `retry`, `give_up` and `no_match` are seconds after the end of the caller's speech. If the endpointing
    delay (the time until the caller's turn counts as complete) is longer than 1.3 s, only its last 1.3 s are counted.

    - `filler`: when the first of `fillers` is played. The next filler follows `filler_interval` seconds after the end
      of the last filler. While a tool or the agent's own code runs, the next filler follows after
      `tool_filler_interval` seconds.
    - `retry`: when offhook asks the model once more. If the second request fails too, `retry_failed_text` is played. If
      the caller's next turn gets no answer either, the call ends.
    - `give_up`: when the call ends with the `apology` of `Ending`.
    - `no_match`: when the transcript of at least `min_speech` seconds of speech counts as missing. Then
      `no_match_text` is played. When `max_no_matches` transcripts in a row are missing, the call ends.
    - `tool`: how long a tool, or `on_user_turn_completed`, may take while the caller waits. After that time, offhook
      stops the tool and asks the model to tell the caller that the tool was stopped. If offhook stops
      `on_user_turn_completed`, `retry_failed_text` is played.
    - `max_same_calls`: with the value 5, offhook refuses a fifth tool call with the same function and arguments in one
      turn, if all four earlier ones gave the same output. `max_calls_in_turn` and `max_calls_in_call` limit the number
      of all tool calls in one turn and in the whole phone or web call. offhook does not run a tool call over a limit,
      and asks the model to answer in words. A tool call of a Realtime model has already started when offhook sees the
      tool call; therefore offhook asks a Realtime model to answer again, without tools.
    """

    filler: float = 2.5
    filler_interval: float = 4.0
    tool_filler_interval: float = 10.0
    retry: float = 6.0
    give_up: float = 12.0
    no_match: float = 3.0
    min_speech: float = 1.0
    tool: float = 20.0
    max_no_matches: int = 3
    max_same_calls: int = 5
    max_calls_in_turn: int = 16
    max_calls_in_call: int = 400
    fillers: tuple[str, ...] = field(default=("One moment, please.", "I am still on it."))
    no_match_text: str = "I am sorry, I did not hear that. Could you say it again?"
    retry_failed_text: str = "I am sorry, I have some trouble right now. Could you say that again?"

    def __post_init__(self) -> None:
        for name in TIMES:
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 < value <= 600):
                raise PlanError(f"DeadAir({name}={value!r}): give seconds, more than 0 and at most 600")
        if not self.filler < self.retry < self.give_up:
            raise PlanError(
                f"DeadAir(filler={self.filler:g}, retry={self.retry:g}, give_up={self.give_up:g}): "
                "filler must be less than retry, and retry less than give_up"
            )
        for name, least in _COUNTS.items():
            if (count := getattr(self, name)) < least:
                raise PlanError(f"DeadAir({name}={count!r}): give a whole number, {least} or more")
        texts = (*self.fillers, self.no_match_text, self.retry_failed_text)
        if not self.fillers or not all(text.strip() for text in texts):
            raise PlanError("DeadAir(...): fillers, no_match_text and retry_failed_text must not be empty")
