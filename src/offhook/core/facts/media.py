"""Facts about the audio packets of a call: whether the packets arrive, and how good the caller's connection is."""

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
    """The audio packets from the caller or from the server (`side`) no longer arrive, not even packets with silence."""

    side: Literal["caller", "server"]
    since: float


@dataclass(frozen=True, slots=True)
class MediaRestored(Fact):
    """Audio packets arrive again; `seconds` is the time in which none arrived."""

    side: Literal["caller", "server"]
    seconds: float


@dataclass(frozen=True, slots=True)
class LineTurnedBad(Fact):
    """The caller's connection was bad in the last ten seconds (from `since`), so words may be lost.

    `loss` is the share of lost packets, and `concealed` is the share of audio that the receiver generated in place of
    lost packets. Both values include the losses from the caller to the server and from the server to the agent.
    `round_trip_ms` is measured only between the agent and the server.
    """

    since: float
    loss: float
    jitter_ms: float
    concealed: float
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class LineMeasured(Fact):
    """The quality of the caller's connection during the whole call. The fields mean the same as in `LineTurnedBad`.

    `jitter_ms` and `round_trip_ms` are medians; `seconds` is the time in which the quality was measured.
    """

    seconds: float
    packets: int
    loss: float
    jitter_ms: float
    jitter_max_ms: float
    concealed: float
    round_trip_ms: float | None = None
