"""Kills jobs, workers and connections during real calls, and counts the losses: `python -m bench.chaos --json`."""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack

from bench.chaos_scenes import Seen, job_killed, partitioned, terminated, worker_killed
from bench.chaos_worker import Chaos, chaos
from bench.stage import open_stage, tell
from bench.stats import Figure, Goal
from bench.table import table
from offhook.journal.reader import Reader

__all__ = ["main"]

Scene = Callable[[Chaos, random.Random, Seen], Awaitable[None]]
_FULL, _SHORT = (200, 50, 50, 20), (20, 5, 5, 2)
_SCENES: Sequence[tuple[str, Scene]] = (
    ("job killed", job_killed),
    ("group terminated", terminated),
    ("worker killed", worker_killed),
    ("partition", partitioned),
)
_AT_ONCE = 2
"""The number of parallel calls in the scene in which only the job dies."""
_SETTLE = 40.0
"""Seconds that the last records and webhooks may take to arrive."""


def main() -> int:
    """Run the scenes. Return 0 if all scenes succeed and nothing is lost, and 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--short", action="store_true", help="a tenth of the kills and cuts, in about five minutes")
    parser.add_argument("--counts", help="job kills, group SIGTERMs, worker kills and partitions, such as 20,5,5,2")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the random moments")
    arguments = parser.parse_args()
    counts = [int(one) for one in arguments.counts.split(",")] if arguments.counts else []
    counts = counts or list(_SHORT if arguments.short else _FULL)
    began = time.monotonic()
    with ExitStack() as stack:
        result, figure = asyncio.run(_run(stack, counts, arguments.seed))
    tell(f"chaos: {time.monotonic() - began:.0f} s, seed {arguments.seed}")
    print("\n".join(f"{name:16} {value}" for name, value in result.items() if name != "rescue_ms"))
    print(table([figure]))
    if arguments.json:
        print(json.dumps(result))
    bad = ("lost", "open_rooms", "wrongly_closed", "no_reason", "undelivered", "failed_scenes")
    return int(any(result[name] for name in bad))


async def _run(stack: ExitStack, counts: Sequence[int], seed: int) -> tuple[dict[str, object], Figure]:
    dice, seen = random.Random(seed), Seen()
    async with chaos(open_stage(stack)) as running:
        await running.start()
        for (name, scene), count in zip(_SCENES, counts, strict=True):
            await _repeat(name, scene, count, (running, dice, seen))
        calls, reasonless, untold = await _settled(running)
        lost = _lost(running)
    for what, rooms in (("open", seen.open_rooms), ("wrongly closed", seen.wrongly_closed)):
        if rooms:
            tell(f"chaos: {what}: {rooms}")
    rescue = Figure("rescue_ms", seen.rescue_ms, Goal(5000, "max"))
    result: dict[str, object] = {
        "deaths": dict(zip((name for name, _ in _SCENES), counts, strict=True)),
        "calls": calls,
        "lost": lost,
        "open_rooms": len(seen.open_rooms),
        "wrongly_closed": len(seen.wrongly_closed),
        "no_reason": len(reasonless),
        "failed_scenes": len(seen.failed),
        "undelivered": untold,
        "rescue_ms": rescue.summary(),
    }
    return result, rescue


async def _repeat(name: str, scene: Scene, count: int, with_: tuple[Chaos, random.Random, Seen]) -> None:
    at_once = _AT_ONCE if scene is job_killed else 1
    for done in range(0, count, at_once):
        number = min(at_once, count - done)
        results = await asyncio.gather(*(scene(*with_) for _ in range(number)), return_exceptions=True)
        for error in results:
            if isinstance(error, Exception):
                tell(f"chaos: a scene failed: {error!r}"[:2000])
                with_[2].failed.append(name)
        tell(f"chaos: {name} {done + number}/{count}")
        sys.stderr.flush()


async def _settled(running: Chaos) -> tuple[int, list[str], int]:
    """Wait at most 40 s until the journal has the end of each call and all webhooks have arrived. Return the number of
    calls, the calls without a recorded end reason, and the number of calls without a webhook.
    """
    until = time.monotonic() + _SETTLE
    while True:
        calls = running.calls()
        with Reader(running.stage.journal) as reader:
            reasonless = [call for call in calls if not reader.summary(call).reason]
        untold = [call for call in calls if (call, "call.ended") not in running.told]
        if not (reasonless or untold) or time.monotonic() > until:
            for call in reasonless:
                tell(f"chaos: a call has no recorded end: {call}")
            return len(calls), reasonless, len(untold)
        await asyncio.sleep(0.5)


def _lost(running: Chaos) -> int:
    """Return how many accepted commands are not in the journal."""
    with Reader(running.stage.journal) as reader:
        kept = {
            str(record.body["id"])
            for call in running.calls()
            for record in reader.records(call, names=("CommandReceived",))
        }
    return sum(name not in kept for _, name in running.accepted)


if __name__ == "__main__":
    sys.exit(main())
