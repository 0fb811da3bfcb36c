"""Facts about the packets of a call: whether they arrive, and the quality of the caller's line."""

from dataclasses import dataclass
from typing import Literal

from offhook.core.facts.base import Fact

__all__ = [
    "LineMeasured",
    "LineTurnedBad",
    "MediaLost",
    "MediaRestored",
]


@dataclass(frozen=True, slots=True)
class MediaLost(Fact):
    """The packets of the caller or of the server (`side`) no longer arrive, not even packets with silence."""

    side: Literal["caller", "server"]
    since: float


@dataclass(frozen=True, slots=True)
class MediaRestored(Fact):
    """Packets arrive again; `seconds` is the length of the loss."""

    side: Literal["caller", "server"]
    seconds: float


@dataclass(frozen=True, slots=True)
class LineTurnedBad(Fact):
    """The caller's line is bad, measured over the last ten seconds (from `since`). Words may be lost.

    `loss` is the share of lost packets, and `concealed` is the share of audio that the receiver generated in place of
    lost packets. Both include the losses from the caller to the server and from the server to the agent.
    `round_trip_ms` is measured only between the agent and the server.
    """

    since: float
    loss: float
    jitter_ms: float
    concealed: float
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class LineMeasured(Fact):
    """The quality of the caller's line over the call. The fields mean the same as in `LineTurnedBad`.

    `jitter_ms` and `round_trip_ms` are medians; `seconds` is the time that was measured.
    """

    seconds: float
    packets: int
    loss: float
    jitter_ms: float
    jitter_max_ms: float
    concealed: float
    round_trip_ms: float | None = None
