"""Values for the end of a call: how and why a call ends, and the limits at which offhook ends the call."""

import math
from dataclasses import dataclass
from typing import Literal

from offhook.core.errors import PlanError

__all__ = ["EndReason", "Ending", "Limits", "Prices", "Scope"]

Scope = Literal["agent", "caller", "room"]
"""Who leaves the room at a hang-up.

"agent": only the agent leaves. "caller": the caller is removed too. "room": the room is closed for everybody.
"""

EndReason = Literal[
    "caller_hung_up",
    "agent_ended",
    "silence",
    "limit",
    "error",
    "shutdown",
    "command",
    "room_closed",
    "transferred",
    "media_lost",
    "rejected",
    "busy",
    "declined",
    "no_answer",
    "unreachable",
    "voicemail",
]


@dataclass(frozen=True, slots=True)
class Ending:
    """How this call ends.

    `on_interruption` says what happens if the caller speaks during a goodbye. "finish" plays the goodbye to its end.
    "reconsider" cancels the end and continues the conversation, but only if the agent or the silence ladder requested
    the end. offhook hangs up at most `timeout` seconds after the request, even if the goodbye is not finished.
    """

    scope: Scope = "room"
    on_interruption: Literal["finish", "reconsider"] = "finish"
    timeout: float = 15.0
    apology: str = "I am sorry, something went wrong on our side. Please call again."
    shutdown: str = "I am sorry, I have to end this call now. Please call again in a moment."

    def __post_init__(self) -> None:
        if not 1 <= self.timeout <= 60:
            raise PlanError(f"Ending(timeout={self.timeout!r}): give between 1 and 60 seconds")
        if self.scope not in ("agent", "caller", "room"):
            raise PlanError(f"Ending(scope={self.scope!r}): use 'agent', 'caller' or 'room'")
        if self.on_interruption not in ("finish", "reconsider"):
            raise PlanError(f"Ending(on_interruption={self.on_interruption!r}): use 'finish' or 'reconsider'")


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of the models, in any currency. The units are those of the providers' price lists.

    `input`, `cached` and `output` are prices of a million tokens, and `characters` is the price of a million characters
    for the TTS. `heard` (STT) and `spoken` (TTS) are prices of one minute of audio. If `cached` is None, cached tokens
    cost as much as other input tokens. `input_audio`, `cached_audio` and `output_audio` are the prices of a million
    audio tokens, which for example Realtime models use. If one of these three prices is None, the audio tokens cost as
    much as the text tokens of the same kind.
    """

    input: float = 0.0
    cached: float | None = None
    output: float = 0.0
    characters: float = 0.0
    heard: float = 0.0
    spoken: float = 0.0
    input_audio: float | None = None
    cached_audio: float | None = None
    output_audio: float | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise PlanError(f"Prices({name}={value!r}): give a price, 0 or more")


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one call: how long the call may last, and how much the models may cost.

    The count of `seconds` starts when the caller is connected and the agent can speak. At either limit, the call ends
    with `goodbye`. `warning` is played `warn_before` seconds before the time limit. `cost` is in the currency of
    `prices`, and needs `prices`.
    """

    seconds: float = 3600.0
    goodbye: str = "We have reached the longest time a call may take. Goodbye."
    warning: str = ""
    warn_before: float = 60.0
    cost: float | None = None
    prices: Prices | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise PlanError(f"Limits(seconds={self.seconds!r}): give a positive number of seconds")
        if self.warning and not 0 < self.warn_before < self.seconds:
            raise PlanError(
                f"Limits(warn_before={self.warn_before!r}): give seconds before the end, fewer than {self.seconds:g}"
            )
        if self.cost is not None and not (math.isfinite(self.cost) and self.cost > 0):
            raise PlanError(f"Limits(cost={self.cost!r}): give a positive amount")
        if self.cost is not None and self.prices is None:
            raise PlanError("Limits(cost=...) needs prices=Prices(...) to compute what the call costs")
