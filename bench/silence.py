"""How exactly a silence step comes when it was asked for: in the journal, and in the caller's ear."""

import asyncio
import json

from bench.agents import SUPERVISED
from bench.stage import Stage, tell
from bench.stats import Figure, Goal
from offhook.core.record import Record
from offhook.journal.reader import Reader

__all__ = ["measure"]

AFTER = 1.5
STEPS = 10
_LATE = 3.0


def measure(stage: Stage, n: int) -> list[Figure]:
    """Calls in which nobody says a word, with a ladder of steps 1.5 s apart."""
    stage.worker(SUPERVISED)
    heard = asyncio.run(_calls(stage, [min(STEPS, n - done) for done in range(0, n, STEPS)]))
    errors: list[float] = []
    with Reader(stage.journal) as reader:
        rooms = {one.room: one.call for one in reader.calls(limit=10_000)}
        for room in heard:
            errors += _errors(reader.records(rooms[room]))
    return [
        Figure("silence_error_ms", errors, Goal(50, "p99"), wanted=n),
        Figure("silence_first_audio_ms", [value for values in heard.values() for value in values]),
    ]


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


def _errors(records: list[Record]) -> list[float]:
    """Milliseconds between each wish to speak and the moment it was due: the last end of speech and the step's wait."""
    errors: list[float] = []
    base: float | None = None
    for record in records:
        match record:
            case Record(name="AgentTurned", body={"state": "listening", "since": float(since)}):
                base = since
            case Record(name="Say", body={"tag": "silence"}) if base is not None:
                errors.append((record.elapsed - base - AFTER) * 1000)
    return errors
