"""What callers hear when providers fail, with offhook and with LiveKit alone: `python -m bench.faults --json`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from offhook.testing.drill import Case, Verdict, drill

__all__ = ["main", "summed"]

AGENTS = ("agents/agent.py", "agents/plain.py")
MOST = 5.0
NONE = ("no_end", "repeated_words", "heard_but_not_in_history")
ROOT = Path(__file__).parents[1]


def summed(cases: Sequence[Case]) -> dict[str, float]:
    """The figures; what ends in `_stock` is of the same agents with LiveKit alone."""
    stock = [case.stock for case in cases if case.stock is not None]
    ours = [case.ours for case in cases]
    told = {f"{name}_stock": value for name, value in _figures(stock).items()} if stock else {}
    return {"cases": len(cases), **_figures(ours), **told}


def _figures(verdicts: Sequence[Verdict]) -> dict[str, float]:
    return {
        "max_silence_s": max(one.silence for one in verdicts),
        "no_end": sum(one.alone for one in verdicts),
        "repeated_words": sum(one.repeated for one in verdicts),
        "heard_but_not_in_history": sum(one.untold > 0 for one in verdicts),
        "questions_answered": sum(one.answered for one in verdicts),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on the standard output")
    parser.add_argument("--fault", action="append", default=[], help="only this fault; can be given again")
    parser.add_argument("--agent", action="append", default=[], help="only this agent file; can be given again")
    asked = parser.parse_args()
    cases = []
    for agent in asked.agent or AGENTS:
        for case in drill(ROOT / agent, asked.fault):
            cases.append(case)
            print(f"{agent} {case.fault}: {case.ours.silence} s, {case.ours.ended}", file=sys.stderr)
    figures = summed(cases)
    if asked.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:<32} {value:g}" for name, value in figures.items()))
    if figures["max_silence_s"] > MOST or any(figures[name] for name in NONE):
        sys.exit(1)


if __name__ == "__main__":
    main()
