"""Runs an agent through all faults, with offhook and without; several calls at a time, each in a process of its own."""

import logging
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from offhook.testing.drill.rehearse import Way, rehearse
from offhook.testing.drill.verdict import Verdict, judge
from offhook.testing.faults import Fault, named, table

__all__ = ["Case", "drill"]

WAYS: tuple[Way, ...] = ("ours", "stock")


@dataclass(frozen=True, slots=True)
class Case:
    """One fault, with offhook and without."""

    fault: str
    ours: Verdict
    stock: Verdict | None


def drill(agent: Path, faults: Sequence[str] = (), *, stock: bool = True, workers: int | None = None) -> Iterator[Case]:
    """One case after another, in the order of the table; no `faults` means all of them.

    A process for each CPU core, as many as `workers` at most: a call patches clocks and classes while it is played.
    """
    chosen: list[Fault] = [named(name) for name in faults] or list(table())
    ways = WAYS if stock else WAYS[:1]
    context = multiprocessing.get_context("spawn")
    count = min(workers or os.cpu_count() or 1, len(chosen) * len(ways))
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_quiet)
    try:
        jobs = [[pool.submit(_one, agent, fault.name, way) for way in ways] for fault in chosen]
        for fault, (ours, *others) in zip(chosen, jobs, strict=True):
            yield Case(fault.name, ours.result(), others[0].result() if others else None)
    finally:
        pool.shutdown(cancel_futures=True)  # after an error, and for whoever has seen enough


def _one(agent: Path, fault: str, way: Way) -> Verdict:
    return judge(rehearse(agent, named(fault), way=way))


def _quiet() -> None:
    """What the models' plugins log about faults is what was ordered."""
    logging.disable(logging.CRITICAL)
