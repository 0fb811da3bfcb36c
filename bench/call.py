"""Measures all figures of one call, for offhook and for stock livekit-agents: `python -m bench.call --json`."""

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench import answer, commands, goodbye, load, silence, starts
from bench.stage import ROOT, Stage, tell
from bench.stats import Figure
from bench.table import table
from offhook.core.errors import OffhookError
from offhook.dev.binary import find_or_fetch
from offhook.dev.server import local_server

__all__ = ["main"]

GROUPS: Mapping[str, Callable[[Stage, int], list[Figure]]] = {
    "starts": starts.measure,
    "goodbye": goodbye.measure,
    "silence": silence.measure,
    "answer": answer.measure,
    "load": load.measure,
    "help": commands.measure,
}
N, QUICK = 20, 5
_ANY_LOAD = 1000.0
"""A load limit that is never reached. With the default limit, the server sends no calls to stock on a busy machine."""


def main() -> int:
    """Run the selected measurements. Return 0 if every goal is reached, 1 if not, and 2 after an error."""
    arguments = _arguments()
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # native code logs an error for every deleted room
    began = time.monotonic()
    try:
        figures = _measured(arguments.only, arguments.n or (QUICK if arguments.quick else N))
    except OffhookError as error:
        tell(f"bench: {error}")
        return 2
    print(table(figures))
    print(f"\n{time.monotonic() - began:.0f} s, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end")
    if arguments.json:
        print(json.dumps(_as_json(figures)))
    return int(any(figure.ok is False for figure in figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.call", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--n", type=int, help=f"values of each figure (default {N})")
    parser.add_argument("--quick", action="store_true", help=f"n = {QUICK}, about 5 minutes instead of 20")
    parser.add_argument("--only", type=_groups, default=list(GROUPS), help=f"only these of {','.join(GROUPS)}")
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
    chosen = os.environ.get("OFFHOOK_LIVEKIT_SERVER")
    binary = find_or_fetch(Path(chosen) if chosen else None, environ=dict(os.environ), progress=tell)
    figures: list[Figure] = []
    with ExitStack() as stack:
        journal = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="offhook-bench-"))) / "journal.db"
        server = stack.enter_context(local_server(binary, progress=tell, target_load=_ANY_LOAD))
        stage = Stage(server, _environ(journal), journal, stack)
        for group in (name for name in GROUPS if name in groups):  # `starts` runs before other workers exist
            tell(f"{group}: measuring, n = {n}")
            figures += GROUPS[group](stage, n)
    return figures


def _environ(journal: Path) -> dict[str, str]:
    """Return the environment of the workers, without the offhook and LiveKit settings of this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    return {
        **kept,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}",
        "OFFHOOK_JOURNAL": str(journal),
        "OFFHOOK_PRESET": "offline",
    }


def _as_json(figures: Sequence[Figure]) -> dict[str, object]:
    """Map keys to figures. A figure for a number of calls is one level deeper, under that number."""
    result: dict[str, object] = {}
    for figure in figures:
        if figure.calls is None:
            result[figure.key] = figure.summary()
        else:
            deeper = result.setdefault(figure.key, {})
            assert isinstance(deeper, dict)
            deeper[f"{figure.calls} calls" if figure.calls > 1 else "1 call"] = figure.summary()
    return result


if __name__ == "__main__":
    sys.exit(main())
