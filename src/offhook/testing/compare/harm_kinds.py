"""The kinds of differences that `judge` finds between a served agent and the same agent with LiveKit alone."""

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["Design", "Found", "Harm"]

Design = Literal[
    "answered earlier",
    "answered later",
    "paused and went on",
    "stopped sooner",
    "spoke on",
    "caller spoke first",
    "kept words",
    "kept result",
]
"""Differences by design: what the agent with offhook ("our agent") did, compared with LiveKit alone.

`stopped sooner`: the caller's words ended a line earlier, or the agent's code ended a paused line. `spoke on`: our
agent said more of an answer, or did not answer a backchannel that LiveKit alone answered. `caller spoke first`: LiveKit
alone began an answer, and the caller's next words ended this answer; our agent had not begun to answer before these
words. `kept words`: LiveKit alone lost words of the caller. `kept result`: our agent made a request about the result of
a tool that was running when the caller spoke; LiveKit alone lost the result, or sent the result to the model only
together with words of the caller.
"""
Harm = Literal[
    "lost words", "another answer", "interrupted", "late", "cut in", "more requests", "intervention", "error"
]


@dataclass(frozen=True, slots=True)
class Found:
    """One difference. `at`: seconds into the call."""

    kind: Design | Harm
    at: float
    what: str = ""

    @property
    def harm(self) -> bool:
        return self.kind in get_args(Harm)
