"""Measures the quality of the caller's connection with WebRTC statistics: lost packets, jitter, round-trip time and
concealed audio.
"""

import statistics
from array import array
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from livekit import rtc

from offhook.core.facts import Fact, LineMeasured, LineTurnedBad

__all__ = ["LineQuality", "Sample", "sample_of"]

WINDOW = 10.0
"""The connection is judged by the samples of the last `WINDOW` seconds."""
LEAST = 100
"""Minimum number of packets in a window. With fewer packets, the share of lost packets has no meaning. A silent caller
may send only 2.5 packets per second, so the connection of a silent caller is not judged.
"""
LOSS, CONCEALED, JITTER, ROUND_TRIP = 0.05, 0.05, 0.1, 0.6
"""A connection is bad if one value reaches its limit. `LOSS` is a share of the packets, and `CONCEALED` is a share of
the audio. `JITTER` and `ROUND_TRIP` are in seconds.
"""
RECOVERED = 0.5
"""A bad connection is good again when each value is below this fraction of its limit."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The statistics of one poll at the time `at`. `received`, `lost`, `samples` and `concealed` are counted from the
    beginning of the track. `jitter` and `round_trip` are the current values in seconds.
    """

    at: float
    received: int
    lost: int
    samples: int
    concealed: int
    jitter: float
    round_trip: float | None = None


def sample_of(stats: Iterable[rtc.stats.RtcStats], at: float) -> Sample | None:
    """Return the sample in these statistics of a track, or None before the track's first packet.

    The round-trip time is measured between the agent and the LiveKit server, not between the agent and the caller.
    """
    listed = list(stats)
    pairs = [one.candidate_pair.candidate_pair for one in listed if one.WhichOneof("stats") == "candidate_pair"]
    round_trip = next((pair.current_round_trip_time for pair in pairs if pair.current_round_trip_time), None)
    for one in listed:
        if one.WhichOneof("stats") == "inbound_rtp" and one.inbound_rtp.received.packets_received:
            received, inbound = one.inbound_rtp.received, one.inbound_rtp.inbound
            return Sample(
                at,
                received.packets_received,
                max(received.packets_lost, 0),  # duplicate packets can make this number negative
                inbound.total_samples_received,
                inbound.concealed_samples - inbound.silent_concealed_samples,
                received.jitter,
                round_trip,
            )
    return None


class LineQuality:
    """Collects samples. Posts `LineTurnedBad` when the connection turns bad, and `LineMeasured` in `finish`."""

    def __init__(self, post: Callable[[Fact], None]) -> None:
        self._post = post
        self._window: deque[Sample] = deque()
        self._received = self._lost = self._samples = self._concealed = 0
        self._jitters = array("d")  # a list would need four times the memory, and a long call has thousands of samples
        self._round_trips = array("d")
        self._first = self._last = 0.0
        self._bad = False

    def add(self, sample: Sample) -> None:
        """Add the next sample, and post `LineTurnedBad` if the connection has turned bad."""
        last = self._window[-1] if self._window else None
        if last is not None and sample.received < last.received:  # this is another track, whose counters begin at zero
            self._window.clear()
            last = None
        self._first = self._first or sample.at
        self._last = sample.at
        self._received += sample.received - (last.received if last else 0)
        self._lost += max(sample.lost - (last.lost if last else 0), 0)
        self._samples += sample.samples - (last.samples if last else 0)
        self._concealed += max(sample.concealed - (last.concealed if last else 0), 0)
        self._jitters.append(sample.jitter)
        if sample.round_trip is not None:
            self._round_trips.append(sample.round_trip)
        self._window.append(sample)
        while sample.at - self._window[0].at > WINDOW:
            self._window.popleft()
        self._judge()

    def _judge(self) -> None:
        first, last = self._window[0], self._window[-1]
        received, lost = last.received - first.received, max(last.lost - first.lost, 0)
        if received + lost < LEAST:
            return
        loss = lost / (received + lost)
        concealed = max(last.concealed - first.concealed, 0) / max(last.samples - first.samples, 1)
        jitter = statistics.median(one.jitter for one in self._window)
        trips = [one.round_trip for one in self._window if one.round_trip is not None]
        trip = statistics.median(trips) if trips else None
        worst = max(loss / LOSS, concealed / CONCEALED, jitter / JITTER, (trip or 0.0) / ROUND_TRIP)
        if not self._bad and worst >= 1:
            self._bad = True
            values = (round(loss, 4), round(jitter * 1000, 1), round(concealed, 4))
            self._post(LineTurnedBad(first.at, *values, round_trip_ms=_milliseconds(trip)))
        elif worst < RECOVERED:
            self._bad = False

    def finish(self) -> None:
        """Post `LineMeasured`, if there is any sample."""
        if not self._jitters:
            return
        self._post(
            LineMeasured(
                seconds=round(self._last - self._first, 1),
                packets=self._received,
                loss=round(self._lost / max(self._received + self._lost, 1), 4),
                jitter_ms=round(statistics.median(self._jitters) * 1000, 1),
                jitter_max_ms=round(max(self._jitters) * 1000, 1),
                concealed=round(self._concealed / max(self._samples, 1), 4),
                round_trip_ms=_milliseconds(statistics.median(self._round_trips) if self._round_trips else None),
            )
        )
        self._jitters = array("d")


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
