"""How long a call of ten minutes takes in virtual time, with real models and with fakes, and whether it is the same.

Real models listen to all that the caller says and to two seconds after it, not to the minutes of silence in between.

Run it with: python -m bench.virtual [--json] [--runs 10]
"""

import argparse
import json
import statistics
import time
from dataclasses import dataclass

from livekit.agents import Agent

from offhook import Call, Plan, end_call, serve
from offhook.testing import ScriptedCaller, SimulatedCall, simulate
from offhook.testing.simulation.cast import Models

__all__ = ["SECONDS", "Found", "measure"]

SECONDS = 600.0
_TURNS = 5
_GOALS = {"models_s": 8.0, "fakes_ms": 50.0}


def plan(call: Call) -> Plan:  # noqa: ARG001  # every call is the same
    """A patient front desk: it waits for as long as the caller is silent."""
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
    """Of each run the seconds on the wall and on the processor, and how many were the same to the last digit."""

    wall: list[float]
    cpu: list[float]
    identical: int


def measure(models: Models, runs: int) -> Found:
    """Play the call so many times."""
    wall: list[float] = []
    cpu: list[float] = []
    seen: list[tuple[object, ...]] = []
    for _ in range(runs):
        began, worked = time.perf_counter(), time.process_time()
        call = simulate(server, caller, models=models, starts_at=1_700_000_000.0)
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - worked)
        seen.append(_shape(call))
    return Found(wall, cpu, sum(one == seen[0] for one in seen))


def _shape(call: SimulatedCall) -> tuple[object, ...]:
    return (call.seconds, call.sounds, tuple((record.elapsed, record.name) for record in call.records))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON value, for programs")
    parser.add_argument("--runs", type=int, default=10)
    asked = parser.parse_args()
    measure("fakes", 1)  # imports
    fakes, models = measure("fakes", asked.runs), measure("offline", asked.runs)
    found = {
        "models_s": round(statistics.median(models.wall), 2),
        "fakes_ms": round(statistics.median(fakes.wall) * 1000, 1),
        "models_cpu_s": round(statistics.median(models.cpu), 2),
        "fakes_cpu_ms": round(statistics.median(fakes.cpu) * 1000, 1),
        "identical": min(fakes.identical, models.identical),
        "runs": asked.runs,
        "call_s": SECONDS,
    }
    print(json.dumps(found) if asked.json else _told(found))


def _told(found: dict[str, float | int]) -> str:
    goals = "".join(f"  {name:<10} {found[name]:>8}  goal at most {goal:g}\n" for name, goal in _GOALS.items())
    cpu = f"  on the processor: {found['models_cpu_s']} s, {found['fakes_cpu_ms']} ms\n"
    return f"a call of {SECONDS:g} s:\n{goals}{cpu}  identical  {found['identical']} of {found['runs']}"


if __name__ == "__main__":
    main()
