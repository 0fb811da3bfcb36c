"""Measures the CPU load and the memory of calls in pairs: each pair is one measurement with offhook and one with
LiveKit alone.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bench.agents import NAMES, STOCK, SUPERVISED
from bench.processes import GONE, cpu, in_rooms, processes, pss, settled, wait_until_gone
from bench.stage import ROOT, Stage, tell
from bench.stats import Figure, Goal
from bench.talkers import EVERY
from offhook.core.errors import OffhookError

__all__ = ["measure", "talking"]

_COMPARED = (SUPERVISED, STOCK)
PAIRS = {1: 3, 5: 4}
"""Maps the number of parallel calls to the number of measured pairs."""
_SETTLE = 1.0
"""Seconds from the greeting to the measurement, so that the start of the process and of the session is not measured."""
_MORE = Goal(1.03, text="median ratio to stock <= 1.03")


@dataclass(frozen=True, slots=True)
class _Cost:
    """The cost of one call: `cpu` is the CPU load in percent of a core, and `mb` is the additional memory in MB (PSS).

    `mb` is the growth of the total memory of all forked processes, divided by the number of calls. The PSS of one job
    process would be misleading: PSS divides shared memory among the processes, so each new job process lowers the PSS
    of every other job process. The total does not include the main process, because its memory grows at first even
    without calls.
    """

    cpu: float
    mb: float


def measure(stage: Stage, n: int) -> list[Figure]:
    """Measure one or more pairs for each number of calls in `PAIRS`. Every second pair begins with LiveKit alone."""
    window = 2 * EVERY if n >= 10 else EVERY
    costs: dict[tuple[str, int], list[_Cost]] = {(agent, calls): [] for agent in _COMPARED for calls in PAIRS}
    for agent in _COMPARED:
        stage.worker(agent)
        asyncio.run(_first_call(stage, agent))
    for calls, most in PAIRS.items():
        pairs = most if n >= 10 else 1
        for pair in range(pairs):
            for agent in (SUPERVISED, STOCK)[:: -1 if pair % 2 else 1]:
                tell(f"load: {calls} calls, pair {pair + 1} of {pairs}, {agent}, {window:.0f} s")
                costs[agent, calls].append(_cost(stage, agent, calls=calls, window=window))
    figures = [one for calls in PAIRS for one in _figures(costs[SUPERVISED, calls], costs[STOCK, calls], calls)]
    return sorted(figures, key=lambda figure: figure.key)


async def _first_call(stage: Stage, agent: str) -> None:
    """Make one call without a measurement, because a worker loads modules during its first call."""
    async with stage.caller(agent) as caller:
        await stage.greeted(caller, agent)
        jobs = in_rooms(processes(stage.worker(agent)))
    await asyncio.to_thread(wait_until_gone, jobs)


def _figures(ours: Sequence[_Cost], stock: Sequence[_Cost], calls: int) -> list[Figure]:
    cpu = statistics.median(one.cpu / other.cpu for one, other in zip(ours, stock, strict=True))
    mb = statistics.median(one.mb / other.mb for one, other in zip(ours, stock, strict=True))
    return [
        Figure("cpu_pct", [one.cpu for one in ours], _MORE, calls=calls, held=cpu),
        Figure("cpu_pct_stock", [one.cpu for one in stock], calls=calls),
        Figure("mb", [one.mb for one in ours], _MORE, calls=calls, held=mb),
        Figure("mb_stock", [one.mb for one in stock], calls=calls),
    ]


def _cost(stage: Stage, agent: str, *, calls: int, window: float) -> _Cost:
    worker = stage.worker(agent)
    idle = settled(worker, calls=0)
    forked_mb = pss(idle[1:])
    with talking(stage, agent, calls):
        time.sleep(_SETTLE)
        jobs = in_rooms(processes(worker))
        if len(jobs) != calls:
            raise OffhookError(
                f"{len(jobs)} job processes for {calls} calls; the worker's last lines:\n{worker.tail()}"
            )
        before, began = cpu(jobs), time.perf_counter()
        time.sleep(window)
        if not all(job.is_running() for job in jobs):
            raise OffhookError(f"a call ended by itself; the worker's last lines:\n{worker.tail()}")
        used, seconds = cpu(jobs) - before, time.perf_counter() - began
        mb = pss(settled(worker, calls=calls, count=len(idle) + calls)[1:]) - forked_mb
    wait_until_gone(jobs)
    return _Cost(used / seconds / calls * 100, mb / calls)


@contextmanager
def talking(stage: Stage, agent: str, calls: int) -> Iterator[None]:
    """Run `calls` callers, who talk until the end of the `with` block."""
    request = {
        "url": stage.server.url,
        "api_key": stage.server.api_key,
        "api_secret": stage.server.api_secret,
        "agent": NAMES[agent],
        "rooms": [stage.new_room() for _ in range(calls)],
    }
    with subprocess.Popen(
        [sys.executable, "-m", "bench.talkers"],
        cwd=ROOT,
        env=dict(stage.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as talkers:
        assert talkers.stdin is not None
        assert talkers.stdout is not None
        talkers.stdin.write(json.dumps(request) + "\n")
        talkers.stdin.flush()
        if talkers.stdout.readline() != "ready\n":
            raise OffhookError("the callers heard no greeting; see the error above")
        yield
        if talkers.poll() is not None:
            raise OffhookError("a caller heard no answer; see the error above")
        talkers.stdin.close()
        talkers.wait(GONE)
