"""How and why a call ends, as data."""

import math
from dataclasses import dataclass
from typing import Literal

from offhook.core.errors import PlanError

__all__ = ["EndReason", "Ending", "Limits", "Prices", "Scope"]

Scope = Literal["agent", "caller", "room"]
"""What goes when a call ends: only the agent leaves, the caller's leg is cut too, or the whole room is closed."""

EndReason = Literal["caller_hung_up", "agent_ended", "silence", "limit", "error", "shutdown", "command", "room_closed"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How this call ends.

    `over` decides what happens when the caller talks into a goodbye: `finish` says it to its end, `reconsider` goes
    back to the conversation (only for ends that the agent or the silence ladder wanted). `patience` is how many
    seconds a goodbye may take from the wish to its last word.
    """

    scope: Scope = "room"
    over: Literal["finish", "reconsider"] = "finish"
    patience: float = 15.0
    sorry: str = "I am sorry, something went wrong on our side. Please call again."
    shutdown: str = "I am sorry, I have to end this call now. Please call again in a moment."

    def __post_init__(self) -> None:
        if not 1 <= self.patience <= 60:
            raise PlanError(f"Ending(patience={self.patience!r}): give between 1 and 60 seconds")
        if self.scope not in ("agent", "caller", "room"):
            raise PlanError(f"Ending(scope={self.scope!r}): use 'agent', 'caller' or 'room'")
        if self.over not in ("finish", "reconsider"):
            raise PlanError(f"Ending(over={self.over!r}): use 'finish' or 'reconsider'")


@dataclass(frozen=True, slots=True)
class Prices:
    """What the models cost, in any currency, as providers list it: per million tokens, per million characters, per
    minute of audio. What is left at 0 costs nothing. Cached tokens cost `input` unless they have a price of their own.
    """

    input: float = 0.0
    cached: float | None = None
    output: float = 0.0
    characters: float = 0.0
    heard: float = 0.0
    spoken: float = 0.0

    def __post_init__(self) -> None:
        for name in ("input", "cached", "output", "characters", "heard", "spoken"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise PlanError(f"Prices({name}={value!r}): give a price, 0 or more")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long this call may last, in seconds from the greeting, and what is said then.

    `warning` is said `warn` seconds before the end. `cost` ends the call with the same goodbye once the models have
    cost so much by these `prices`.
    """

    seconds: float = 3600.0
    goodbye: str = "We have reached the longest time a call may take. Goodbye."
    warning: str = ""
    warn: float = 60.0
    cost: float | None = None
    prices: Prices | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise PlanError(f"Limits(seconds={self.seconds!r}): give a positive number of seconds")
        if self.warning and not 0 < self.warn < self.seconds:
            raise PlanError(f"Limits(warn={self.warn!r}): give seconds before the end, fewer than {self.seconds:g}")
        if self.cost is not None and not (math.isfinite(self.cost) and self.cost > 0):
            raise PlanError(f"Limits(cost={self.cost!r}): give a positive amount")
        if self.cost is not None and self.prices is None:
            raise PlanError("Limits(cost=...) needs prices=Prices(...), or nobody knows what the call costs")
