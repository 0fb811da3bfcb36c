"""Plays an agent with each fault, with offhook and without; several processes play one call each at the same time."""

import logging
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from offhook.testing.drill.circumstances import Circumstance, circumstance
from offhook.testing.drill.rehearse import Way, rehearse
from offhook.testing.drill.setup import CallSetup
from offhook.testing.drill.verdict import Verdict, judge
from offhook.testing.faults import Fault, named, table

__all__ = ["Case", "drill", "pairs"]

WAYS: tuple[Way, ...] = ("ours", "stock")


@dataclass(frozen=True, slots=True)
class Case:
    """The verdicts on calls with one fault: with offhook (`ours`), and with LiveKit alone (`stock`)."""

    fault: str
    ours: Verdict
    stock: Verdict | None
    circumstance: str = ""
    """The name of the `Circumstance` that the drill combined with the fault, for example "handoff"; "" for none."""

    @property
    def name(self) -> str:
        return f"{self.fault} with {self.circumstance}" if self.circumstance else self.fault


def drill(
    agent: Path,
    faults: Sequence[str] = (),
    *,
    circumstances: Sequence[str] = (),
    stock: bool = True,
    workers: int | None = None,
    environ: Mapping[str, str] | None = None,
    setup: CallSetup | None = None,
) -> Iterator[Case]:
    """Play the faults and yield the cases in the order of `pairs`. Without `faults`, play all faults of `table()`.

    With `circumstances`, play each fault once in each circumstance in which the fault is possible; do not play the
    fault alone. If a circumstance has its own agent file, the call is played with that file instead of `agent`. A call
    patches clocks and classes, so each process plays one call at a time. At most `workers` processes run, by default
    one for each CPU core. `environ` has additional environment variables for the calls.
    """
    crossed = pairs(faults, circumstances)
    ways = WAYS if stock else WAYS[:1]
    context = multiprocessing.get_context("spawn")
    count = max(1, min(workers or os.cpu_count() or 1, len(crossed) * len(ways)))
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_quiet)
    try:
        jobs = [[pool.submit(_one, agent, fault, way, name, environ, setup) for way in ways] for name, fault in crossed]
        for (name, fault), (ours, *others) in zip(crossed, jobs, strict=True):
            yield Case(fault, ours.result(), others[0].result() if others else None, name)
    finally:
        pool.shutdown(cancel_futures=True)  # after an error, or if the calling code stops early


def pairs(faults: Sequence[str] = (), circumstances: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the cases of a drill in order, as pairs: the name of the circumstance ("" for none) and of the fault."""
    chosen: list[Fault] = [named(name) for name in faults] or list(table())
    if not circumstances:
        return [("", fault.name) for fault in chosen]
    return [(one.name, fault.name) for one in map(circumstance, circumstances) for fault in _possible(chosen, one)]


def _possible(faults: Sequence[Fault], crossed: Circumstance) -> list[Fault]:
    return [fault for fault in faults if fault.service != crossed.never and fault.name not in crossed.excluded]


def _one(
    agent: Path, fault: str, way: Way, name: str, environ: Mapping[str, str] | None, setup: CallSetup | None
) -> Verdict:
    crossed = circumstance(name) if name else None
    played = (crossed.agent if crossed is not None else None) or agent
    call = rehearse(played, named(fault), way=way, circumstance=crossed, environ=environ, setup=setup)
    return judge(call, circumstance=crossed)


def _quiet() -> None:
    """Turn off logging, because the plugins log only the faults that the drill causes."""
    logging.disable(logging.CRITICAL)
