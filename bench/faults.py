"""Measures calls in which a provider fails, with offhook and with LiveKit alone: `python -m bench.faults --json`.

The program simulates calls with each fault alone, and then calls with each fault together with each circumstance. A
circumstance is another event in the call. With `--plain`, the program simulates only calls without a circumstance. With
`--crossed`, the program simulates only calls with a circumstance.

    python -m bench.faults --crossed --only-failing
    python -m bench.faults --with sound --fault openai.hangs --pictures
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from offhook.testing.drill import CIRCUMSTANCES, Case, Verdict, circumstance, drill, rehearse
from offhook.testing.faults import named
from offhook.testing.simulation.result import picture

__all__ = ["main", "summed", "wrong"]

AGENTS = ("agents/agent.py", "agents/plain.py")
MOST = 5.0
NONE = ("no_end", "repeated_words", "heard_but_not_in_history", "not_played")
ROOT = Path(__file__).parents[1]


def summed(cases: Sequence[Case]) -> dict[str, float]:
    """Return the figures of the cases. In a figure's name, the prefix `crossed_` means a fault together with a
    circumstance, and the suffix `_stock` means LiveKit alone.
    """
    plain = [case for case in cases if not case.circumstance]
    crossed = [case for case in cases if case.circumstance]
    figures = _of(plain) if plain else {}
    return figures | {f"crossed_{name}": value for name, value in (_of(crossed) if crossed else {}).items()}


def _of(cases: Sequence[Case]) -> dict[str, float]:
    stock = [case.stock for case in cases if case.stock is not None]
    stock_figures = {f"{name}_stock": value for name, value in _figures(stock).items()} if stock else {}
    return {"cases": len(cases), **_figures([case.ours for case in cases]), **stock_figures}


def _figures(verdicts: Sequence[Verdict]) -> dict[str, float]:
    return {
        "max_silence_s": max(one.silence for one in verdicts),
        "no_end": sum(one.alone for one in verdicts),
        "repeated_words": sum(one.repeated for one in verdicts),
        "heard_but_not_in_history": sum(one.unreported > 0 for one in verdicts),
        "not_played": sum(bool(one.missed) for one in verdicts),
        "questions_answered": sum(one.answered for one in verdicts),
    }


def wrong(verdict: Verdict) -> list[str]:
    """Return one text for each failed requirement."""
    found = {
        f"{verdict.silence:g} s of silence": verdict.silence > MOST,
        "left alone": verdict.alone,
        f"{verdict.repeated} words repeated": verdict.repeated > 0,
        f"{verdict.unreported:g} s played without words in the journal": verdict.unreported > 0,
        f"NOT PLAYED: {verdict.missed}": bool(verdict.missed),
    }
    return [text for text, failed in found.items() if failed]


def main() -> None:
    options = _parser().parse_args()
    circumstances = [circumstance(name).name for name in options.circumstances]
    cases = []
    for agent, case in _played(options, circumstances):
        cases.append(case)
        failing = wrong(case.ours)
        if failing or not options.only_failing:
            print(_row(agent, case, failing), file=sys.stderr, flush=True)
        if failing and options.pictures:
            print(_picture(agent, case), file=sys.stderr, flush=True)
    figures = summed(cases)
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:<40} {value:g}" for name, value in figures.items()))
    if any(wrong(case.ours) for case in cases):
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON object on the standard output")
    parser.add_argument("--fault", action="append", default=[], help="only this fault; may be repeated")
    parser.add_argument("--agent", action="append", default=[], help="only this agent file; may be repeated")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--plain", action="store_true", help="only the faults alone")
    which.add_argument("--crossed", action="store_true", help="only the faults in a circumstance")
    known = [one.name for one in CIRCUMSTANCES]
    only = "only this circumstance; may be repeated"
    parser.add_argument("--with", dest="circumstances", action="append", default=[], choices=known, help=only)
    parser.add_argument(
        "--crossed-stock", action="store_true", help="play faults in a circumstance with LiveKit alone as well"
    )
    parser.add_argument("--only-failing", action="store_true", help="print only the rows of failed cases")
    parser.add_argument("--pictures", action="store_true", help="draw the timeline of each failed call")
    return parser


def _played(options: argparse.Namespace, circumstances: Sequence[str]) -> Iterator[tuple[str, Case]]:
    """Simulate the selected cases, and yield each case with the name of its agent file. If a circumstance has no agent
    file of its own, the program uses the first agent file.
    """
    agents: Sequence[str] = options.agent or AGENTS
    if not options.crossed and not circumstances:
        for agent in agents:
            for case in drill(ROOT / agent, options.fault):
                yield agent, case
    if not options.plain:
        crossed = circumstances or [one.name for one in CIRCUMSTANCES]
        for case in drill(ROOT / agents[0], options.fault, circumstances=crossed, stock=options.crossed_stock):
            own = circumstance(case.circumstance).agent
            yield agents[0] if own is None else own.name, case


def _row(agent: str, case: Case, failing: Sequence[str]) -> str:
    one = case.ours
    end = f"{one.silence:>5.1f} s, {one.answered} of 3, {one.ended}"
    return f"{agent:<16} {case.name:<44} {end}{'  <- ' if failing else ''}{'; '.join(failing)}"


def _picture(agent: str, case: Case) -> str:
    logging.disable(logging.CRITICAL)  # otherwise the plugins would log the faults that the drill causes
    crossed = circumstance(case.circumstance) if case.circumstance else None
    own = crossed.agent if crossed is not None else None
    return picture(rehearse(own or ROOT / agent, named(case.fault), circumstance=crossed).records)


if __name__ == "__main__":
    main()
