"""Measures how late the steps of a silence ladder are, with offhook and with a timer in an agent without offhook:
`python -m bench.silence`.
"""

import argparse
import asyncio
import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from bench.agents import SILENT, SUPERVISED
from bench.stage import Stage, open_stage, tell
from bench.stats import Figure, Goal
from bench.table import table
from offhook.core.errors import OffhookError
from offhook.core.record import Record
from offhook.journal.reader import Reader
from offhook.testing.live.waiting import WaitTimeoutError

__all__ = ["main", "measure"]

AFTER = 1.5
STEPS = 10
CALLS, SHORT = 50, 4
"""For `python -m bench.silence`: the number of calls of each agent, and the number of silence steps in each call."""
_IDLE = 0.5
"""The highest load average at which the machine counts as idle."""
_LATE = 3.0
_QUIET_TIMEOUT = 60.0


def main() -> int:
    """Run calls of both agents in parallel. Return 0 if the goal is reached, 1 if not, and 2 after an error."""
    parser = argparse.ArgumentParser(prog="python -m bench.silence", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--calls", type=int, default=CALLS, help=f"calls of each agent (default {CALLS})")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1, help="pairs of calls at the same time")
    arguments = parser.parse_args()
    if arguments.calls < 1 or arguments.at_once < 1:
        parser.error("--calls and --at-once must be at least 1")
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # LiveKit's native code logs an error per deleted room
    began, load = time.monotonic(), _load()
    if load > _IDLE:
        tell(f"silence: this machine is already busy (load {load}); other work changes the figures")
    try:
        figures = _alone(arguments.calls, arguments.at_once)
    except OffhookError as error:
        tell(f"bench: {error}")
        return 2
    print(table(figures))
    ran = {"calls": arguments.calls, "at_once": arguments.at_once, "cores": os.cpu_count()}
    ran |= {"seconds": round(time.monotonic() - began), "load_before": load, "load": _load()}
    print(f"\n{', '.join(f'{name} {value}' for name, value in ran.items())}")
    if arguments.json:
        print(json.dumps(ran | {figure.key: figure.summary() for figure in figures}))
    return int(any(figure.ok is False for figure in figures))


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def _alone(calls: int, at_once: int) -> list[Figure]:
    """Measure parallel pairs of calls: one call with offhook and one with LiveKit alone. The silence steps are 1.5 s
    apart.
    """
    with ExitStack() as stack:
        stage = open_stage(stack)
        worker = stage.worker(SILENT)
        stage.worker(SUPERVISED)
        rooms = asyncio.run(_pairs(stage, calls, at_once))
        errors = _of_rooms(stage, rooms)
        stock = [late for line in worker.lines if (late := _late(line)) is not None]
    return [
        Figure("timer_error_ms", errors, Goal(2, "p99"), wanted=calls * SHORT),
        Figure("timer_error_ms_stock", stock),
    ]


async def _pairs(stage: Stage, calls: int, at_once: int) -> list[str]:
    """Run the pairs of calls. Return the rooms of the calls with offhook that did not fail."""
    lanes, rooms = asyncio.Semaphore(at_once), list[str]()

    async def pair(number: int) -> None:
        async with lanes:
            tell(f"silence: pair {number + 1} of {calls}")
            room, _ = await asyncio.gather(_silent(stage, SUPERVISED), _silent(stage, SILENT))
            rooms.extend([room] if room else [])

    await asyncio.gather(*(pair(number) for number in range(calls)))
    return rooms


async def _silent(stage: Stage, agent: str) -> str:
    """Make a call, and stay silent until the agent asks no more questions. Return the room, or "" if the call fails."""
    metadata = json.dumps({"steps": SHORT, "after": AFTER})
    async with stage.caller(agent, metadata=metadata) as caller:
        try:
            await stage.greeted(caller, agent)
            await caller.quiet(for_=AFTER + 1.5, timeout=_QUIET_TIMEOUT)
        except WaitTimeoutError as error:
            tell(f"silence: a call of {agent} failed: {str(error).splitlines()[0]}")
            return ""
        return caller.room


def _late(line: str) -> float | None:
    """Return the delay in milliseconds if this line of the worker's log has one, else None."""
    found = re.search(r'"late_ms": (-?[\d.]+)', line)
    return float(found[1]) if found else None


def measure(stage: Stage, n: int) -> list[Figure]:
    """Return the figures of calls with a silent caller; the silence steps are 1.5 s apart. `bench.call` calls this
    function.
    """
    stage.worker(SUPERVISED)
    heard = asyncio.run(_calls(stage, [min(STEPS, n - done) for done in range(0, n, STEPS)]))
    return [
        Figure("silence_error_ms", _of_rooms(stage, heard), Goal(50, "p99"), wanted=n),
        Figure("silence_first_audio_ms", [value for values in heard.values() for value in values]),
    ]


def _of_rooms(stage: Stage, rooms: Iterable[str]) -> list[float]:
    with Reader(stage.journal) as reader:
        calls = {one.room: one.call for one in reader.calls(limit=10_000)}
        return [error for room in rooms for error in _errors(reader.records(calls[room]))]


async def _calls(stage: Stage, steps: list[int]) -> dict[str, list[float]]:
    heard: dict[str, list[float]] = {}
    for number, count in enumerate(steps):
        tell(f"silence: call {number + 1} of {len(steps)}, {count} steps")
        metadata = json.dumps({"steps": count, "after": AFTER})
        async with stage.caller(SUPERVISED, metadata=metadata) as caller:
            heard[caller.room] = []
            await stage.greeted(caller, SUPERVISED)
            for _ in range(count):
                silent_since = await caller.quiet(for_=0.5)
                line = await caller.hears(since=silent_since + 0.1, timeout=AFTER + _LATE)
                heard[caller.room].append((line.started_at - silent_since - AFTER) * 1000)
    return heard


def _errors(records: list[Record]) -> Iterator[float]:
    """Yield for each silence step how many milliseconds too late the agent decides to speak. A step is due `AFTER`
    seconds after the agent's speech.
    """
    base: float | None = None
    for record in records:
        match record:
            case Record(name="AgentStateChanged", body={"state": "listening", "since": float(since)}):
                base = since
            case Record(name="Say", body={"tag": "silence"}) if base is not None:
                yield (record.elapsed - base - AFTER) * 1000


if __name__ == "__main__":
    sys.exit(main())
