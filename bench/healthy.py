"""Checks that offhook changes nothing in calls without faults: each call runs once with LiveKit alone and once with
offhook.

Most calls use fake models that get the caller's words as text (`told`). The other calls use the real plugins with
emulated providers: either STT, LLM and TTS (`wires`), or a Realtime model (`realtime`).

.venv/bin/python -m bench.healthy --short
.venv/bin/python -m bench.healthy --models realtime --calls 200 --seed 2

Without `--serve`, the agents run under `supervise`, which changes neither LiveKit's waits nor its interruptions. With
`--serve`, the agents run with the defaults of `serve`: offhook chooses the wait after each turn, and decides which
sounds interrupt the agent. With these defaults, calls differ from LiveKit's by design, so the program counts intended
and harmful differences separately.

.venv/bin/python -m bench.healthy --serve --json
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import get_args

from offhook.testing.compare import (
    Compared,
    Judged,
    calls,
    compare_all,
    judge_all,
    report_of,
    served_calls,
    smallest,
    written,
)
from offhook.testing.compare.harm_kinds import Design, Harm
from offhook.testing.compare.spec import Models

FULL = {"told": 1_000, "wires": 100, "realtime": 100}
SHORT = {"told": 200, "wires": 10, "realtime": 10}


def main() -> int:
    options = _options()
    if options.serve:
        return _serve(options)
    counts = SHORT if options.short else FULL
    began, wrong, figures = time.monotonic(), list[Compared](), dict[str, float]()
    for models in options.models or get_args(Models):
        played = _play(models, options.calls or counts[models], options.seed, follow=options.follow)
        wrong += [one for one in played if not one.same]
        figures |= {name if models == "told" else f"{name}_{models}": value for name, value in _figures(played).items()}
    kinds = dict(Counter(one.found[0].sort if one.found else one.crash for one in wrong))
    result = {
        **figures,
        "kinds": kinds,
        "seconds": round(time.monotonic() - began, 1),
        "smallest": _smallest(wrong, follow=options.follow),
    }
    for name, figure in result.items():
        print(f"{name}: {figure}")
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    return 1 if wrong else 0


def _serve(options: argparse.Namespace) -> int:
    """Run the calls of `--serve`, and print the differences from LiveKit alone. Return 1 if a difference is harmful,
    else 0.
    """
    count = options.calls or (SHORT if options.short else FULL)["told"]
    began, done = time.monotonic(), list[Judged]()
    for judged in judge_all(served_calls(options.seed, count)):
        done.append(judged)
        for one in judged.harm:
            print(f"{written(judged.spec)}\n  {one.kind} at {one.at:.2f} s: {one.what}", file=sys.stderr)
    found = Counter(one.kind for judged in done for one in judged.found)
    result = {
        "served_calls": len(done),
        "harmed_calls": sum(bool(one.harm) for one in done),
        "stuck_alone": sum(one.stuck for one in done),
        "by_design": {kind: found[kind] for kind in get_args(Design)},
        "harm": {kind: found[kind] for kind in get_args(Harm)},
        "seconds": round(time.monotonic() - began, 1),
    }
    for name, figure in result.items():
        print(f"{name}: {figure}")
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    return int(any(one.harm for one in done))


def _play(models: Models, count: int, seed: int, *, follow: bool) -> list[Compared]:
    done = list[Compared]()
    for compared in compare_all(calls(seed, count, models), follow=follow):
        done.append(compared)
        if len(done) % 10 == 0 or len(done) == count:
            wrong = sum(not one.same for one in done)
            print(f"\r{models}: {len(done)} of {count} calls, {wrong} differ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return done


def _figures(played: Sequence[Compared]) -> dict[str, float]:
    return {
        "calls": len(played),
        "differences": sum(not one.same for one in played),
        "interventions": sum(found.kind == "intervention" for one in played for found in one.found),
        "unsteady": sum(bool(one.unsteady) for one in played),
    }


def _smallest(wrong: Sequence[Compared], *, follow: bool) -> str:
    """Take the shortest call that differs, shrink it to the smallest call that still differs, and print a report.
    Return the shrunk call as text, or "" if no call differs.
    """
    found = [one for one in wrong if one.found]
    if not found:
        return ""
    least = smallest(min(found, key=lambda one: len(written(one.spec))), follow=follow)
    print(f"\n{report_of(least.spec, follow=follow)}\n")
    return written(least.spec)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help=f"{SHORT['told']} calls instead of {FULL['told']}")
    parser.add_argument("--calls", type=int, default=0, help="number of calls for each kind of models")
    only = "only with these models; may be repeated"
    parser.add_argument("--models", action="append", default=[], choices=get_args(Models), help=only)
    parser.add_argument("--follow", action="store_true", help="a follower reads the records of each call with offhook")
    served = "judge agents that `serve(plan)` serves with its defaults"
    parser.add_argument("--serve", action="store_true", help=served)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
