"""Finds the processes of a worker, and measures their memory and CPU time."""

import time
from collections.abc import Sequence

import psutil

from offhook.core.errors import OffhookError
from offhook.testing.live.worker import Worker

__all__ = ["GONE", "cpu", "in_rooms", "processes", "pss", "settled", "wait_until_gone"]

GONE = 20.0
"""Seconds within which a process must end after its call."""
_POLL = 2.0
_RESTING = 0.1
"""The idle processes are ready when all of them together use less than this many CPU seconds between two polls."""


def processes(worker: Worker) -> list[psutil.Process]:
    """Return the main process, then its child processes: the forkserver, idle job processes, and job processes with a
    call.
    """
    main = psutil.Process(worker.process.pid)
    return [main, *main.children(recursive=True)]


def in_rooms(every: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Return the job processes that have a call. Only these processes have UDP sockets."""
    return [one for one in every if one.is_running() and one.net_connections("udp")]


def settled(worker: Worker, *, calls: int, count: int | None = None) -> list[psutil.Process]:
    """Wait until the worker has replaced its idle processes, and the processes of earlier calls have ended. Return the
    worker's processes.

    The wait ends after 2 s in which no process has started or ended, and the idle processes have used almost no CPU
    time. Raises `OffhookError` if the wait takes 20 s.
    """
    deadline = time.monotonic() + GONE
    before: list[psutil.Process] = []
    used = 0.0
    while time.monotonic() < deadline:
        now = processes(worker)
        talking = in_rooms(now)
        used, used_before = cpu([one for one in now[1:] if one not in talking]), used
        resting = used - used_before < _RESTING  # an idle process that loads modules uses more CPU time
        if now == before and resting and len(talking) == calls and count in (None, len(now)):
            return now
        before = now
        time.sleep(_POLL)
    raise OffhookError(
        f"{len(before)} processes, not {count}, with {calls} calls; the worker's last lines:\n{worker.tail()}"
    )


def pss(every: Sequence[psutil.Process]) -> float:
    """Return the memory of these processes in MB. Shared memory is divided among the processes that share it (PSS)."""
    return float(sum(one.memory_full_info().pss for one in every)) / 1e6


def cpu(every: Sequence[psutil.Process]) -> float:
    """Return the CPU time in seconds that these processes have used so far."""
    times = [one.cpu_times() for one in every]
    return float(sum(one.user + one.system for one in times))


def wait_until_gone(jobs: Sequence[psutil.Process]) -> None:
    """Wait until these processes have ended. Raises `OffhookError` if a process still runs after 20 s."""
    _, alive = psutil.wait_procs(list(jobs), timeout=GONE)
    if alive:
        raise OffhookError(f"{len(alive)} job processes still run {GONE:.0f} s after their callers left")
