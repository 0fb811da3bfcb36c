"""Measures how the resources of long calls grow, with and without offhook: `python -m bench.soak`.

The resources are memory, file descriptors and threads.
"""

import argparse
import itertools
import json
import logging
import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

import psutil

from bench.agents import STOCK, SUPERVISED
from bench.load import talking
from bench.processes import in_rooms, processes, settled
from bench.slope import slope
from bench.stage import open_stage, tell
from bench.stats import Figure, Goal
from bench.table import table
from offhook.core.errors import OffhookError

__all__ = ["main"]

CALLS, MINUTES = 3, 10.0
_AGENTS = {SUPERVISED: "", STOCK: "_stock"}
_FIRST, _WARM = 60.0, 180.0
"""`_FIRST`: the seconds of talk before the first sample. `_WARM`: the seconds of talk before the first sample that
counts for the slope. During the first turns, memory grows for reasons other than a leak: the job process loads modules,
fills caches, and writes to memory that it shares with its parent process.
"""
_EVERY = 10.0
_LEAST = 3.0
"""The calculation of a slope needs samples from at least this many minutes."""
_GROWTH = Goal(5, text="median <= 5 MB an hour")


@dataclass(slots=True)
class _Samples:
    """The resources that one job process uses at the times `at`, which are in seconds."""

    process: psutil.Process
    at: list[float] = field(default_factory=list)
    mb: list[float] = field(default_factory=list)
    descriptors: list[float] = field(default_factory=list)
    threads: list[float] = field(default_factory=list)

    def take(self) -> None:
        """Add one sample. USS is the memory that no other process shares."""
        uss = self.process.memory_full_info().uss / 1e6
        self.at.append(time.monotonic())
        self.mb.append(uss)
        self.descriptors.append(self.process.num_fds())
        self.threads.append(self.process.num_threads())

    def later(self, values: list[float]) -> list[tuple[float, float]]:
        """Return the time and the value of each sample after the warm-up."""
        begin = self.at[0] - _FIRST + _WARM
        return [(at, value) for at, value in zip(self.at, values, strict=True) if at >= begin]


def main() -> int:
    """Run long calls of both agents at the same time. Return 0 if the goal is reached, 1 if not, 2 after an error."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--calls", type=int, default=CALLS, help=f"number of calls of each agent (default {CALLS})")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"minutes of each call (default {MINUTES:g})")
    arguments = parser.parse_args()
    least = _WARM / 60 + _LEAST
    if arguments.calls < 1 or arguments.minutes < least:
        parser.error(f"--calls must be at least 1, and --minutes at least {least:g}")
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # LiveKit's native code logs an error per deleted room
    began = time.monotonic()
    try:
        figures = _figures(_run(arguments.calls, arguments.minutes * 60))
    except (OffhookError, psutil.NoSuchProcess) as error:
        tell(f"bench: {error}")
        return 2
    print(table(figures))
    ran = {"calls": arguments.calls, "minutes": arguments.minutes, "seconds": round(time.monotonic() - began)}
    ran |= {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    print(f"\n{', '.join(f'{name} {value}' for name, value in ran.items())}")
    if arguments.json:
        print(json.dumps(ran | {figure.key: figure.summary() for figure in figures}))
    return int(any(figure.ok is False for figure in figures))


def _run(calls: int, seconds: float) -> dict[str, list[_Samples]]:
    with ExitStack() as stack:
        stage = open_stage(stack)
        samples: dict[str, list[_Samples]] = {}
        for agent in _AGENTS:
            worker = stage.worker(agent)
            settled(worker, calls=0)
            try:
                stack.enter_context(talking(stage, agent, calls))
            except OffhookError as error:
                raise OffhookError(f"{error}; the last lines of the worker of {agent}:\n{worker.tail()}") from error
            samples[agent] = [_Samples(job) for job in in_rooms(processes(worker))]
            if len(samples[agent]) != calls:
                raise OffhookError(f"{len(samples[agent])} job processes of {agent} for {calls} calls")
        tell(f"soak: {calls} calls of each agent talk for {seconds / 60:g} minutes")
        time.sleep(_FIRST)
        end = time.monotonic() + seconds - _FIRST
        while time.monotonic() < end:
            for one in itertools.chain.from_iterable(samples.values()):
                one.take()
            time.sleep(_EVERY)
        return samples


def _figures(samples: dict[str, list[_Samples]]) -> list[Figure]:
    figures: list[Figure] = []
    for agent, suffix in _AGENTS.items():
        jobs = samples[agent]
        goal = _GROWTH if agent == SUPERVISED else None
        growth = [slope(one.later(one.mb)) for one in jobs]
        figures += [
            Figure(f"uss_mb_per_hour{suffix}", [one.per_hour for one in growth], goal, wanted=len(jobs)),
            Figure(f"uss_mb_per_hour_low{suffix}", [one.low for one in growth]),
            Figure(f"uss_mb_per_hour_high{suffix}", [one.high for one in growth]),
            Figure(f"uss_mb_warm_up{suffix}", [one.later(one.mb)[0][1] - one.mb[0] for one in jobs]),
            Figure(f"uss_mb{suffix}", [one.mb[-1] for one in jobs]),
            Figure(f"descriptors_per_hour{suffix}", [slope(one.later(one.descriptors)).per_hour for one in jobs]),
            Figure(f"threads_per_hour{suffix}", [slope(one.later(one.threads)).per_hour for one in jobs]),
        ]
    return sorted(figures, key=lambda figure: figure.key)


if __name__ == "__main__":
    sys.exit(main())
