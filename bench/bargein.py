"""Measures how fast the agent stops when the caller barges in, and how often other sounds stop the agent.

.venv/bin/python -m bench.bargein --speech DIR --json

In real calls on a real livekit-server, the caller plays recordings of people while the agent speaks. `--speech` is the
folder with the recordings and their manifest. One run measures an agent with offhook and an agent with livekit-agents
alone.

The agents' STT does not recognise speech. Instead, the caller sends the words at the times of a streaming STT: interim
words after 0.5 s, and final words 0.3 s after the last sample. For single spoken words and for short utterances of
telephone calls (0.1 to 0.9 s), the caller sends "okay".
"""

import argparse
import asyncio
import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.agents import BARGE_IN, BARGE_IN_STOCK
from bench.barge_in_calls import Played, play
from bench.barge_in_clips import Clip, clips_of
from bench.stage import Stage, open_stage, tell
from offhook.core.errors import OffhookError

__all__ = ["main"]

GOAL_MS = 250.0
"""The goal for the median time from the caller's first sample to the agent's last sample, transport included."""
SHARE = 1 / 3
"""The goal: offhook has at most this share of the false stops that livekit-agents alone has."""
KINDS = ("words", "backchannel", "noise")
LIMIT = 24
SEED_STEP = 7


def main() -> int:
    """Run all clips. Return 0 if both goals are reached, 1 if not, and 2 after an error."""
    arguments = _arguments()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # LiveKit's native code logs an error per deleted room
    began = time.monotonic()
    try:
        clips = _chosen(clips_of(arguments.speech), arguments.n)
        found = _measured(clips)
    except (OffhookError, OSError, KeyError) as error:
        tell(f"bench: {error!r}")
        return 2
    ours, stock = (_summary(found[agent]) for agent in (BARGE_IN, BARGE_IN_STOCK))
    print(_table(ours, stock))
    load = os.getloadavg()[0]
    print(f"\n{time.monotonic() - began:.0f} s, {os.cpu_count()} cores, load {load:.1f} at the end")
    if arguments.json:
        print(json.dumps({**ours, **{f"{name}_stock": value for name, value in stock.items()}, "load": load}))
    return 0 if _reached(ours, stock) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.bargein", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--speech", type=Path, required=True, help="the folder with the recordings and manifest.toml")
    parser.add_argument("--n", type=int, default=LIMIT, help=f"number of clips of each kind (default {LIMIT})")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return parser.parse_args()


def _chosen(clips: Sequence[Clip], n: int) -> list[Clip]:
    """Return up to n clips of each kind, spread over all recordings, with the kinds mixed."""
    parts = []
    for kind in KINDS:
        every = [clip for clip in clips if clip.kind == kind]
        step = max(1, len(every) // n)
        parts.append([*every[::step]][:n])
    return [part[at] for at in range(max(map(len, parts))) for part in parts if at < len(part)]


def _measured(clips: Sequence[Clip]) -> Mapping[str, list[Played]]:
    with ExitStack() as stack:
        stage: Stage = open_stage(stack)
        found: dict[str, list[Played]] = {}
        for agent in (BARGE_IN, BARGE_IN_STOCK):
            stage.worker(agent)
            found[agent] = asyncio.run(play(stage, agent, clips))
        return found


def _summary(played: Sequence[Played]) -> dict[str, float | None]:
    """Return the figures of one agent. A figure without a value is None."""
    by_kind = {kind: [one for one in played if one.clip.kind == kind] for kind in KINDS}
    stops = [one.stopped * 1000 for one in by_kind["words"] if one.stopped is not None]
    back, noise = by_kind["backchannel"], by_kind["noise"]
    minutes = sum(one.clip.seconds for one in noise) / 60
    gaps = [one.resumed - one.stopped for one in back + noise if one.stopped is not None and one.resumed is not None]
    return {
        "words": len(by_kind["words"]),
        "words_not_stopped": sum(one.stopped is None for one in by_kind["words"]),
        "stop_ms": _median(stops),
        "stop_ms_p90": _p90(stops),
        "backchannels": len(back),
        "false_stops_per_100": 100 * sum(one.interrupted for one in back) / len(back) if back else None,
        "pauses_per_100": 100 * sum(one.stopped is not None for one in back) / len(back) if back else None,
        "noise_minutes": round(minutes, 2),
        "false_stops_per_minute": sum(one.interrupted for one in noise) / minutes if noise else None,
        "pauses_per_minute": sum(one.stopped is not None for one in noise) / minutes if noise else None,
        "pause_s": _median(gaps),
        "pause_s_p90": _p90(gaps),
    }


def _median(values: Sequence[float]) -> float | None:
    return round(statistics.median(values), 3) if values else None


def _p90(values: Sequence[float]) -> float | None:
    return round(sorted(values)[min(len(values) - 1, int(len(values) * 0.9))], 3) if values else None


def _reached(ours: Mapping[str, float | None], stock: Mapping[str, float | None]) -> bool:
    quick = (ours["stop_ms"] or 1e9) <= GOAL_MS
    lost = (ours["false_stops_per_100"], stock["false_stops_per_100"])
    return quick and lost[0] is not None and lost[0] <= SHARE * (lost[1] or 0.0)


def _table(ours: Mapping[str, float | None], stock: Mapping[str, float | None]) -> str:
    lines = ["| figure | offhook | livekit-agents alone |", "|---|---|---|"]
    for name, value in ours.items():
        lines.append(f"| {name} | {_number(value)} | {_number(stock[name])} |")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, int) else f"{value:.2f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    sys.exit(main())
