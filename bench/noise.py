"""Counts the false holds and false ends that noise causes in simulated calls: `python -m bench.noise`.

A false hold: the agent waits too long, or never hangs up, although the caller is silent. A false end: the agent ends
the call although the caller answers. The VAD is the real Silero model, the session is LiveKit's, and the caller's audio
is simulated sample by sample. Only the STT is fake: the simulation passes the caller's words to the STT as text. The
simulation plays each noise to two agents. One agent uses offhook's silence ladder. The other agent uses LiveKit alone,
with the usual code that speaks to a caller who is marked away.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
import wave
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.agents.quiet import AFTER, HOLD, QUESTION
from bench.noises import KINDS, noise
from bench.stage import ROOT, tell
from offhook.core.record import Record
from offhook.testing import ScriptedCaller, SimulatedCall, WaitTimeoutError, simulate
from offhook.testing.speech import RATE, Samples

__all__ = ["main"]

LEVELS, SEEDS = (-20.0, -30.0, -40.0), 3
AGENTS = ("quiet", "quiet_stock")
SECONDS = 60.0
LATEST = AFTER + HOLD + 1.5
STAYED = "caller_hung_up"
"""The end reason of a call that the agent does not end. In such a call, the caller hangs up after a minute."""
WORDS = "yes i am still here"


@dataclass(frozen=True, slots=True)
class Case:
    """The results of two calls with the same noise and the same agent.

    `held` is True if a false hold happens in the call of a silent caller. `ended` is True if a false end happens in the
    call of a caller who answers.
    """

    agent: str
    kind: str
    level: float
    seed: int
    held: bool
    ended: bool


def main() -> int:
    """Run all cases. Return 0 if offhook has no false hold and no false end, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench.noise", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"variants of each noise and level (default {SEEDS})")
    parser.add_argument("--kinds", default=",".join(KINDS), help="comma-separated names of noises")
    arguments = parser.parse_args()
    kinds = [kind.strip() for kind in arguments.kinds.split(",")]
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        parser.error(f"no noise {unknown[0]!r}; the noises are {', '.join(KINDS)}")
    if arguments.seeds < 1:
        parser.error("--seeds must be at least 1")
    logging.disable(logging.WARNING)  # otherwise hundreds of calls would log many lines
    began = time.monotonic()
    cases = _cases(kinds, arguments.seeds)
    summary = _summary(cases)
    print(_table(cases, kinds))
    print(f"\n{summary['cases']} noises, 4 calls each, {time.monotonic() - began:.0f} s")
    if arguments.json:
        print(json.dumps(summary))
    return int(bool(summary["false_holds"] or summary["false_ends"]))


def _cases(kinds: Sequence[str], seeds: int) -> list[Case]:
    cases = []
    with tempfile.TemporaryDirectory(prefix="offhook-bench-") as folder:
        for kind in kinds:
            tell(f"noise: {kind}")
            for level in LEVELS:
                for seed in range(1, seeds + 1):
                    sound = Path(folder) / f"{kind}{level:g}-{seed}.wav"
                    _write(sound, noise(kind, SECONDS, level=level, seed=seed))
                    cases += [_case(agent, sound, kind, level, seed) for agent in AGENTS]
                    sound.unlink()
    return cases


def _case(agent: str, sound: Path, kind: str, level: float, seed: int) -> Case:
    async def silent(caller: ScriptedCaller) -> None:
        await caller.hears("Hello")
        async with asyncio.TaskGroup() as tasks:
            playing = tasks.create_task(caller.says("", audio=sound))
            await caller.silent(SECONDS)
            playing.cancel()

    async def answers(caller: ScriptedCaller) -> None:
        await caller.hears("Hello")
        async with asyncio.TaskGroup() as tasks:
            playing = tasks.create_task(caller.says("", audio=sound))
            await _answer(caller)
            playing.cancel()

    alone, answered = _call(agent, silent), _call(agent, answers)
    held = _waited(alone) > LATEST or alone.reason == STAYED
    return Case(agent, kind, level, seed, held, answered.reason != STAYED)


def _call(agent: str, script: Callable[[ScriptedCaller], Awaitable[None]]) -> SimulatedCall:
    file = ROOT / "bench" / "agents" / f"{agent}.py"
    return simulate(file, script, models="offline", stt="told", stays=0.1)


async def _answer(caller: ScriptedCaller) -> None:
    """Answer up to three questions of the agent within a minute. Each answer begins 0.5 s after the question's end."""
    try:
        for _ in range(3):
            await caller.hears(QUESTION, timeout=SECONDS - caller.now)
            await caller.silent(0.5)
            await caller.says(WORDS)
    except WaitTimeoutError:
        return  # the agent asked no further question; `_case` checks the end reason


def _waited(call: SimulatedCall) -> float:
    """Return the longest time in seconds for which the agent does not speak after the greeting."""
    longest, since = 0.0, call.seconds
    for at, state in _turns(call.records):
        if state == "speaking":
            longest = max(longest, at - since)
        since = at if state == "listening" else call.seconds
    return max(longest, call.seconds - since)


def _turns(records: Sequence[Record]) -> list[tuple[float, str]]:
    """Return the starts and ends of the agent's speech as pairs of the time and the agent's new state. The first pair
    is the end of the greeting.
    """
    turned = [(record.elapsed, state) for record in records if (state := _state(record))]
    spoken = next((at for at, (_, state) in enumerate(turned) if state == "speaking"), 0)
    return turned[spoken + 1 :]


def _state(record: Record) -> str:
    """Return the agent's state after this record, or "" if the record does not change the state.

    A filler plays outside the session, so its record is `PauseChanged` instead of `AgentStateChanged`.
    """
    match record:
        case Record(name="AgentStateChanged", body={"state": str(state)}):
            return state
        case Record(name="PauseChanged", body={"why": "filler", "paused": paused}):
            return "speaking" if paused else "listening"
    return ""


def _write(path: Path, pcm: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm.tobytes())


def _summary(cases: Sequence[Case]) -> dict[str, object]:
    ours, stock = ([case for case in cases if case.agent == agent] for agent in AGENTS)
    return {
        "cases": len(ours),
        "false_holds": sum(case.held for case in ours),
        "false_ends": sum(case.ended for case in ours),
        "false_holds_stock": sum(case.held for case in stock),
        "false_ends_stock": sum(case.ended for case in stock),
    }


def _table(cases: Sequence[Case], kinds: Sequence[str]) -> str:
    lines = ["| noise | cases | false holds | false ends | false holds, stock | false ends, stock |", "|---" * 6 + "|"]
    for kind in [*kinds, "all"]:
        summary = _summary([case for case in cases if kind in (case.kind, "all")])
        lines.append("| " + " | ".join([kind, *(str(value) for value in summary.values())]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
