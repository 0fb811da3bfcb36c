"""Plays many calls in parallel, each with LiveKit alone and with offhook, and compares the two runs of a call."""

import logging
import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from offhook.testing.compare.differ import differences
from offhook.testing.compare.difference import Difference
from offhook.testing.compare.harm import judge
from offhook.testing.compare.harm_kinds import Found
from offhook.testing.compare.play import play
from offhook.testing.compare.shrink import shrink
from offhook.testing.compare.spec import CallSpec

__all__ = ["Compared", "Judged", "compare", "compare_all", "judge_all", "judge_served", "quiet", "smallest"]

T = TypeVar("T")


_REPLAYS = 6
"""If the two runs differ (`compare`), or a difference is harm (`judge_served`), the call is played up to this many more
times with LiveKit alone.

The reason for the repetitions is that LiveKit decides some things by chance.
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One call, played with LiveKit alone and with offhook.

    `unsteady` lists differences between two runs with LiveKit alone.
    """

    spec: CallSpec
    found: Sequence[Difference]
    unsteady: Sequence[Difference] = ()
    crash: str = ""
    """Why the call could not be compared."""

    @property
    def same(self) -> bool:
        """True if nothing differs."""
        return not self.crash and not self.found


@dataclass(frozen=True, slots=True)
class Judged:
    """One call of an agent that `serve(plan)` serves.

    `stuck`: the run with LiveKit alone failed or did not end, so nothing was compared.
    """

    spec: CallSpec
    found: Sequence[Found] = ()
    stuck: bool = False

    @property
    def harm(self) -> Sequence[Found]:
        return [one for one in self.found if one.harm]


def compare(spec: CallSpec, *, agent: str | Path | None = None, follow: bool = False) -> Compared:
    """Play this call with LiveKit alone and with offhook, and return the differences.

    The result's `found` is empty if offhook's run equals one of several runs with LiveKit alone. With an `agent` file,
    only the caller's actions and the LLM's answers come from the spec. With `follow`, a follower reads the journal
    records of offhook's run.
    """
    alone, ours = play(spec, "alone", agent=agent), play(spec, "ours", agent=agent, follow=follow)
    if ours.reason == alone.reason == "error" and not (ours.requests or ours.sound):
        return Compared(spec, [], crash=f"the call cannot be played: {ours.detail or ours.error}")
    found, unsteady = differences(spec, alone, ours), list[Difference]()
    for _ in range(_REPLAYS if found else 0):
        other = play(spec, "alone", agent=agent)
        unsteady = unsteady or differences(spec, alone, other)
        if not differences(spec, other, ours):
            return Compared(spec, [], unsteady)
    return Compared(spec, found, unsteady)


def smallest(compared: Compared, *, agent: str | Path | None = None, follow: bool = False) -> Compared:
    """Make the call smaller as long as the first difference keeps the same `sort`, then compare the smallest call."""

    def fails(one: CallSpec) -> bool:
        compared_again = _one(one, agent, follow=follow)
        return bool(compared_again.found) and compared_again.found[0].sort == compared.found[0].sort

    return compare(shrink(compared.spec, fails), agent=agent, follow=follow)


def compare_all(
    specs: Iterable[CallSpec],
    *,
    agent: str | Path | None = None,
    workers: int | None = None,
    follow: bool = False,
) -> Iterator[Compared]:
    """Compare the calls in several processes and yield the results in the order of `specs`."""
    return _in_parallel(partial(_one, agent=agent, follow=follow), specs, workers=workers)


def judge_all(specs: Iterable[CallSpec], *, workers: int | None = None) -> Iterator[Judged]:
    """Call `judge_served` with each spec, in several processes, and yield the results in the order of `specs`."""
    return _in_parallel(judge_served, specs, workers=workers)


def judge_served(spec: CallSpec) -> Judged:
    """Play a call of an agent that `serve(plan)` serves, with and without offhook, and judge the differences.

    If a difference is harm, play the call up to six more times with LiveKit alone, because LiveKit decides some things
    by chance.
    """
    try:
        ours, found = play(spec, "ours"), list[Found]()
        for _ in range(1 + _REPLAYS):
            alone = play(spec, "alone")
            if alone.error:
                return Judged(spec, stuck=True)
            found = judge(spec, alone, ours)
            if not any(one.harm for one in found):
                break
        return Judged(spec, found)
    except Exception as error:  # noqa: BLE001  # an error in one call must not stop the others
        return Judged(spec, [Found("error", 0.0, f"{type(error).__name__}: {error}")])


def _in_parallel(
    function: Callable[[CallSpec], T], specs: Iterable[CallSpec], *, workers: int | None = None
) -> Iterator[T]:
    """Call the function with each spec, in several processes, and yield the results in the order of `specs`.

    A simulated call patches clocks and classes, so each process runs one call at a time.
    """
    context = multiprocessing.get_context("spawn")
    count = workers or os.cpu_count() or 1
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=quiet)
    try:
        yield from pool.map(function, specs, chunksize=2)
    finally:
        pool.shutdown(cancel_futures=True)  # the calling code may stop before the last result


def _one(spec: CallSpec, agent: str | Path | None = None, *, follow: bool = False) -> Compared:
    try:
        return compare(spec, agent=agent, follow=follow)
    except Exception as error:  # noqa: BLE001  # an error in one call must not stop the others
        return Compared(spec, [], crash=f"{type(error).__name__}: {error}")


def quiet() -> None:
    """Turn off logging and warnings, because the agents and models log only errors that the spec requests."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
