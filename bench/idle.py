"""Measures the memory of a worker without calls, and the time from the worker's start to its registration, with offhook
and with LiveKit alone.
"""

import time

from bench.agents import PLAIN, PLAIN_STOCK
from bench.processes import pss, settled
from bench.stage import Stage, tell
from bench.stats import Figure, Goal

__all__ = ["measure"]


def measure(stage: Stage, n: int) -> list[Figure]:
    """Start new workers of both agents in turn, and return the figures. The first start of each agent's worker only
    fills the caches, so it does not count.
    """
    registered: dict[str, list[float]] = {PLAIN: [], PLAIN_STOCK: []}
    memory: dict[str, list[float]] = {PLAIN: [], PLAIN_STOCK: []}
    starts = max(1, n // 4)
    for number in range(starts + 1):
        for agent in (PLAIN, PLAIN_STOCK)[:: -1 if number % 2 else 1]:
            tell(f"idle: {agent}, start {number} of {starts}")
            began = time.perf_counter()
            with stage.new_worker(agent) as worker:
                took = (time.perf_counter() - began) * 1000
                if number:
                    registered[agent].append(took)
                    memory[agent].append(pss(settled(worker, calls=0)))
    return [
        Figure("start_to_registered_ms", registered[PLAIN], Goal(1700), wanted=starts),
        Figure("start_to_registered_ms_stock", registered[PLAIN_STOCK]),
        Figure("idle_worker_mb", memory[PLAIN], Goal(350), wanted=starts),
        Figure("idle_worker_mb_stock", memory[PLAIN_STOCK]),
    ]
