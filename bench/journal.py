"""Measures the cost of the journal: `python -m bench.journal --json`.

For one fact, the program measures the time that the call's event loop needs, and the time until the fact is on disk.
The program also measures how late the event loop wakes up, with and without facts to write. Then 100 processes write to
one journal file, each at the rate of a busy call.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.stats import p99
from offhook.core.facts import MessageCommitted
from offhook.core.record import Record, to_body
from offhook.journal.reader import Reader
from offhook.journal.writer import Journal
from offhook.redaction.redactor import Redactor

__all__ = ["main"]

_FACTS, _SHORT_FACTS = 20_000, 1_000
_BATCH = 500
_WRITERS, _SHORT_WRITERS = 100, 8
_RATE = 20.0
"""The number of facts that one call writes per second. In the live tests, a call writes 3 to 15 facts per second."""
_SECONDS, _SHORT_SECONDS = 20.0, 2.0
_TICK = 0.005
_FORK = multiprocessing.get_context("fork")

_Result = dict[str, float]


def _record(call: str, number: int) -> Record:
    fact = MessageCommitted("user", "I would like to book a room for two, from Friday to Sunday.")
    return Record(call, number, time.time(), number / _RATE, "fact", "MessageCommitted", to_body(fact))


def _cost(folder: Path, facts: int, *, masked: bool) -> tuple[float, float]:
    """Return two times in microseconds per fact: the time on the call's event loop, and the time until all facts are on
    disk.
    """

    async def measured() -> tuple[float, float]:
        mask = Redactor() if masked else None
        journal = Journal.open(folder / f"cost-{masked}.db", mask=mask)
        records = [_record("AJ_1", number) for number in range(facts)]
        await journal.flushed()
        began, appending = time.perf_counter(), 0.0
        for start in range(0, facts, _BATCH):
            now = time.perf_counter()
            for record in records[start : start + _BATCH]:
                journal.append(record)
            appending += time.perf_counter() - now
            assert await journal.flushed(60)
        total = time.perf_counter() - began
        journal.close()
        return appending * 1e6 / facts, total * 1e6 / facts

    return asyncio.run(measured())


def _lateness(folder: Path, seconds: float, rate: float) -> list[float]:
    """Return how late, in milliseconds, a call's event loop wakes up at each tick of 5 ms, while the call writes `rate`
    facts per second.
    """

    async def measured() -> list[float]:
        journal = Journal.open(folder / f"late-{rate:g}.db")
        late, number = list[float](), 0
        began = due = time.perf_counter()
        while (now := time.perf_counter()) < began + seconds:
            while number < (now - began) * rate:
                journal.append(_record("AJ_1", number))
                number += 1
            due = max(due + _TICK, now)
            await asyncio.sleep(due - now)
            late.append((time.perf_counter() - due) * 1e3)
        journal.close()
        return late

    return asyncio.run(measured())


def _writer(path: Path, number: int, seconds: float, begin: Any, results: Any) -> None:
    """Write facts at the rate of one call. Wait for the disk each second, as a call does before an irreversible
    decision.
    """

    async def written() -> tuple[int, list[float]]:
        journal, waits, count = Journal.open(path), list[float](), 0
        began = time.perf_counter() + number / _WRITERS  # calls start at different times
        while (now := time.perf_counter()) < began + seconds:
            if count < (now - began) * _RATE:
                journal.append(_record(f"AJ_{number}", count))
                count += 1
                if count % int(_RATE) == 0:
                    asked = time.perf_counter()
                    await journal.flushed(30)
                    waits.append((time.perf_counter() - asked) * 1e3)
            await asyncio.sleep(0.5 / _RATE)
        await journal.flushed(30)
        journal.close()
        return count, waits

    begin.wait()
    results.put(asyncio.run(written()))


def _crowd(path: Path, writers: int, seconds: float) -> _Result:
    """Let `writers` processes write to one journal file at the same time, and return the figures."""
    Journal.open(path).close()
    begin, results = _FORK.Event(), _FORK.Queue()
    crowd = [_FORK.Process(target=_writer, args=(path, one, seconds, begin, results)) for one in range(writers)]
    for process in crowd:
        process.start()
    begin.set()
    found = [results.get(timeout=seconds + 120) for _ in crowd]
    for process in crowd:
        process.join()
    appended, waits = sum(count for count, _ in found), [one for _, some in found for one in some]
    with closing(Reader(path)) as reader:
        stored = sum(len(reader.records(f"AJ_{one}")) for one in range(writers))
    return {
        "writers": writers,
        "writers_facts": appended,
        "writers_lost": appended - stored,
        "writers_facts_per_s": round(appended / seconds),
        "writers_on_disk_ms_p50": round(statistics.median(waits), 1),
        "writers_on_disk_ms_p99": round(p99(waits), 1),
    }


def _measured(folder: Path, *, short: bool, say: Callable[[str], None]) -> _Result:
    facts, seconds = (_SHORT_FACTS, _SHORT_SECONDS) if short else (_FACTS, _SECONDS)
    say(f"the cost of {facts:,} facts")
    append, disk = _cost(folder, facts, masked=False)
    masked_append, masked_disk = _cost(folder, facts, masked=True)
    say(f"the lateness of the loop, three times {seconds:g} s")
    late = {rate: _lateness(folder, seconds, rate) for rate in (0.0, _RATE, 1000.0)}
    say(f"{_SHORT_WRITERS if short else _WRITERS} writers for {seconds:g} s")
    return {
        "append_us": round(append, 1),
        "disk_us": round(disk, 1),
        "append_masked_us": round(masked_append, 1),
        "disk_masked_us": round(masked_disk, 1),
        "loop_late_ms_p99_without": round(p99(late[0.0]), 2),
        "loop_late_ms_p99": round(p99(late[_RATE]), 2),
        "loop_late_ms_p99_at_1000_per_s": round(p99(late[1000.0]), 2),
        **_crowd(folder / "crowd.db", _SHORT_WRITERS if short else _WRITERS, seconds),
    }


def main() -> int:
    """Measure and print the figures. Return 0 if no fact is lost, and else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench.journal", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--short", action="store_true", help="few facts, to try the benchmark")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = _measured(Path(folder), short=arguments.short, say=lambda line: print(line, flush=True))
    print("\n".join(f"{name:32} {value}" for name, value in result.items()))
    if arguments.json:
        print(json.dumps(result))
    return int(result["writers_lost"] != 0)


if __name__ == "__main__":
    raise SystemExit(main())
