"""Measures the CPU load and the memory of a call's job process, for offhook and stock in pairs."""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from bench.agents import NAMES, STOCK, SUPERVISED
from bench.stage import ROOT, Stage, tell
from bench.stats import Figure, Goal
from bench.talkers import EVERY
from offhook.core.errors import OffhookError
from offhook.testing.live.worker import Worker

__all__ = ["measure"]

_COMPARED = (SUPERVISED, STOCK)
PAIRS = {1: 3, 5: 4}
"""Maps the number of parallel calls to the number of measured pairs."""
_SETTLE = 1.0
"""Seconds from the greeting to the measurement. The start of the process and the session is not measured."""
_GONE = 20.0
_POLL = 2.0
_RESTING = 0.1
"""CPU seconds that all idle processes together may use between two polls."""
_MORE = Goal(1.03, text="pairs' median <= 1.03 of stock")


@dataclass(frozen=True, slots=True)
class _Cost:
    """The cost of one call: `cpu` in percent of a core, and `mb`, the growth of all forked processes in MB (PSS).

    `idle_mb` is the memory of the whole idle worker.

    `mb` comes from the sum over the forked processes. The PSS of one job alone is misleading: PSS divides shared memory
    among the processes, so the PSS of every job falls with each new job. The sum does not include the main process,
    because its memory grows for a while even without calls.
    """

    cpu: float
    mb: float
    idle_mb: float


def measure(stage: Stage, n: int) -> list[Figure]:
    """Measure some pairs for each number of calls. In every second pair, stock is measured first."""
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
    idle = {agent: [one.idle_mb for calls in PAIRS for one in costs[agent, calls]] for agent in _COMPARED}
    return [
        *sorted(figures, key=lambda figure: figure.key),
        Figure("idle_worker_mb", idle[SUPERVISED]),
        Figure("idle_worker_mb_stock", idle[STOCK]),
    ]


async def _first_call(stage: Stage, agent: str) -> None:
    """Make one call that is not measured, because a worker loads modules during its first call."""
    async with stage.caller(agent) as caller:
        await stage.greeted(caller, agent)
        jobs = _in_rooms(_processes(stage.worker(agent)))
    await asyncio.to_thread(_wait_until_gone, jobs)


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
    idle = _settled(worker, calls=0)
    idle_mb, forked_mb = _pss(idle), _pss(idle[1:])
    with _talking(stage, agent, calls):
        time.sleep(_SETTLE)
        jobs = _in_rooms(_processes(worker))
        if len(jobs) != calls:
            raise OffhookError(
                f"{len(jobs)} job processes for {calls} calls; the worker's last lines:\n{worker.tail()}"
            )
        before, began = _cpu(jobs), time.perf_counter()
        time.sleep(window)
        if not all(job.is_running() for job in jobs):
            raise OffhookError(f"a call ended by itself; the worker's last lines:\n{worker.tail()}")
        used, seconds = _cpu(jobs) - before, time.perf_counter() - began
        mb = _pss(_settled(worker, calls=calls, count=len(idle) + calls)[1:]) - forked_mb
    _wait_until_gone(jobs)
    return _Cost(used / seconds / calls * 100, mb / calls, idle_mb)


@contextmanager
def _talking(stage: Stage, agent: str, calls: int) -> Iterator[None]:
    """Run callers that talk until the block ends."""
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
        talkers.wait(_GONE)


def _processes(worker: Worker) -> list[psutil.Process]:
    """Return the main process, then its child processes: the forkserver, idle jobs, jobs with a call."""
    main = psutil.Process(worker.process.pid)
    return [main, *main.children(recursive=True)]


def _in_rooms(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Return the jobs that have a call. Only these jobs have UDP sockets."""
    return [one for one in processes if one.is_running() and one.net_connections("udp")]


def _settled(worker: Worker, *, calls: int, count: int | None = None) -> list[psutil.Process]:
    """Wait until the worker has replaced its idle processes and old jobs have ended. Return the processes.

    The wait ends when, for 2 s, no process starts or ends and the idle processes use almost no CPU time.
    """
    deadline = time.monotonic() + _GONE
    before: list[psutil.Process] = []
    used = 0.0
    while time.monotonic() < deadline:
        now = _processes(worker)
        talking = _in_rooms(now)
        used, used_before = _cpu([one for one in now[1:] if one not in talking]), used
        resting = used - used_before < _RESTING  # an idle process that loads modules is not at rest
        if now == before and resting and len(talking) == calls and count in (None, len(now)):
            return now
        before = now
        time.sleep(_POLL)
    raise OffhookError(
        f"{len(before)} processes, not {count}, with {calls} calls; the worker's last lines:\n{worker.tail()}"
    )


def _pss(processes: Sequence[psutil.Process]) -> float:
    return float(sum(process.memory_full_info().pss for process in processes)) / 1e6


def _cpu(jobs: Sequence[psutil.Process]) -> float:
    times = [job.cpu_times() for job in jobs]
    return float(sum(one.user + one.system for one in times))


def _wait_until_gone(jobs: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(jobs, timeout=_GONE)
    if alive:
        raise OffhookError(f"{len(alive)} job processes still run {_GONE:.0f} s after their callers left")
