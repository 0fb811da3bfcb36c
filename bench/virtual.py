"""Measures how long the simulation of a ten-minute call takes, with real models and with fakes, and counts the runs
with equal results.

The real models process the caller's speech and two seconds of audio after it, but not the minutes of silence.

Run the benchmark with: python -m bench.virtual [--json] [--runs 10]
"""

import argparse
import json
import statistics
import time
from dataclasses import dataclass

from livekit.agents import Agent

from offhook import Call, Plan, end_call, serve
from offhook.testing import ScriptedCaller, SimulatedCall, simulate
from offhook.testing.simulation.model_replacement import Models

__all__ = ["SECONDS", "Found", "measure"]

SECONDS = 600.0
_TURNS = 5
_GOALS = {"models_s": 8.0, "fakes_ms": 50.0}


def plan(call: Call) -> Plan:  # noqa: ARG001  # every call has the same plan
    """Return the plan for a front-desk agent without a silence ladder."""
    return Plan(
        agent=Agent(instructions="You are the front desk of a small hotel.", tools=[end_call()]),
        greeting="Hello, this is the front desk.",
    )


server = serve(plan)


async def caller(call: ScriptedCaller) -> None:
    await call.hears("front desk")
    for turn in range(1, _TURNS + 1):
        await call.says("hello")
        await call.hears("how can I help")
        await call.silent(turn * SECONDS / _TURNS - call.now - 5)
    await call.says("goodbye")
    await call.ended()


@dataclass(frozen=True, slots=True)
class Found:
    """The wall-clock and CPU seconds of each run, and the number of runs with exactly the results of the first run."""

    wall: list[float]
    cpu: list[float]
    identical: int


def measure(models: Models, runs: int) -> Found:
    """Simulate the call `runs` times, and return the times and the number of runs with equal results."""
    wall: list[float] = []
    cpu: list[float] = []
    results: list[tuple[object, ...]] = []
    for _ in range(runs):
        began, worked = time.perf_counter(), time.process_time()
        call = simulate(server, caller, models=models, starts_at=1_700_000_000.0)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
        results.append(_shape(call))
    return Found(wall, cpu, sum(one == results[0] for one in results))


def _shape(call: SimulatedCall) -> tuple[object, ...]:
    return (call.seconds, call.sounds, tuple((record.elapsed, record.name) for record in call.records))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    measure("fakes", 1)  # the first run also imports modules
    fakes, models = measure("fakes", options.runs), measure("offline", options.runs)
    found = {
        "models_s": round(statistics.median(models.wall), 2),
        "fakes_ms": round(statistics.median(fakes.wall) * 1000, 1),
        "models_cpu_s": round(statistics.median(models.cpu), 2),
        "fakes_cpu_ms": round(statistics.median(fakes.cpu) * 1000, 1),
        "identical": min(fakes.identical, models.identical),
        "runs": options.runs,
        "call_s": SECONDS,
    }
    print(json.dumps(found) if options.json else _text(found))


def _text(found: dict[str, float | int]) -> str:
    goals = "".join(f"  {name:<10} {found[name]:>8}  goal at most {goal:g}\n" for name, goal in _GOALS.items())
    cpu = f"  CPU: {found['models_cpu_s']} s, {found['fakes_cpu_ms']} ms\n"
    return f"a call of {SECONDS:g} s:\n{goals}{cpu}  identical  {found['identical']} of {found['runs']}"


if __name__ == "__main__":
    main()
