"""Measures all figures of one call, with offhook and with livekit-agents alone: `python -m bench.call --json`."""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from bench import answer, commands, goodbye, idle, load, page, silence, starts
from bench.stage import Stage, open_stage, tell
from bench.stats import Figure, as_json
from bench.table import table
from offhook.core.errors import OffhookError

__all__ = ["main"]

GROUPS: Mapping[str, Callable[[Stage, int], list[Figure]]] = {
    "idle": idle.measure,
    "starts": starts.measure,
    "goodbye": goodbye.measure,
    "silence": silence.measure,
    "answer": answer.measure,
    "slow": answer.measure_slow,
    "load": load.measure,
    "page": page.measure,
    "help": commands.measure,
}
N, QUICK = 20, 5


def main() -> int:
    """Run the selected measurements. Return 0 if every goal is reached, 1 if not, and 2 after an error."""
    arguments = _arguments()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # LiveKit's native code logs an error per deleted room
    began = time.monotonic()
    try:
        figures = _measured(arguments.only, arguments.n or (QUICK if arguments.quick else N))
    except OffhookError as error:
        tell(f"bench: {error}")
        return 2
    print(table(figures))
    print(f"\n{time.monotonic() - began:.0f} s, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end")
    if arguments.json:
        print(json.dumps(as_json(figures)))
    return int(any(figure.ok is False for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.call", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--n", type=int, help=f"number of values of each figure (default {N})")
    parser.add_argument("--quick", action="store_true", help=f"n = {QUICK}, about 5 minutes instead of 20")
    parser.add_argument("--only", type=_groups, default=list(GROUPS), help=f"groups out of {','.join(GROUPS)}")
    arguments = parser.parse_args()
    if arguments.n is not None and arguments.n < 1:
        parser.error("--n must be at least 1")
    return arguments


def _groups(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no group {unknown[0]!r}; the groups are {', '.join(GROUPS)}")
    return names


def _measured(groups: Sequence[str], n: int) -> list[Figure]:
    figures: list[Figure] = []
    with ExitStack() as stack:
        stage = open_stage(stack)
        # `idle` and `starts` are first in `GROUPS`, because they need a stage without other workers.
        for group in (name for name in GROUPS if name in groups):
            tell(f"{group}: measuring, n = {n}")
            figures += GROUPS[group](stage, n)
    return figures


if __name__ == "__main__":
    sys.exit(main())
