"""Measures delays and cut-ins at the ends of turns, on recordings of people: `python -m bench.turns --speech DIR`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.endpointing.confidence import interval
from bench.endpointing.hearing import hear
from bench.endpointing.judge import Rule, Score, judge, score
from bench.endpointing.labels import Labelled, label, recordings
from bench.endpointing.picture import Mark, draw
from bench.endpointing.rules import CURVE, PARTS, RULES, livekit
from bench.stage import tell

__all__ = ["main"]

STOCK = "LiveKit's default (v1-mini, 0.3 / 2.5 s)"
Group = Mapping[str, Sequence[Labelled]]


def main() -> int:
    """Print the tables. Return 0 if the goals are reached on the held-out half, 1 if not, and 2 after an error."""
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=__doc__)
    parser.add_argument("--speech", type=Path, required=True, help="the folder with manifest.toml and the recordings")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--svg", type=Path, help="draw the curve into this file")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "offhook-bench-turns")
    arguments = parser.parse_args()
    try:
        found = list(_listen(arguments.speech, arguments.cache))
    except (OSError, ValueError, KeyError) as error:
        tell(f"bench.turns: {arguments.speech} has no recordings to measure with: {error!r}")
        return 2
    groups = _groups(found)
    figures = {name: {rule: _figures(some, RULES[rule]) for rule in RULES} for name, some in groups.items()}
    for name, rows in figures.items():
        print(f"\n{name}\n{_table(rows)}")
    parts = {rule: _figures(found, PARTS[rule]) for rule in PARTS}
    orders = {rule: _figures(groups["orders"], PARTS[rule]) for rule in PARTS}
    print(f"\nwhat each part adds, all recordings\n{_table(parts)}")
    print(f"\nwhat each part adds, orders (the only recordings whose words are used)\n{_table(orders)}")
    equal = {name: _at_equal_cut_ins(some) for name, some in groups.items() if any(x.label == "end" for x in some)}
    print(f"\nat LiveKit's own number of cut-ins\n{_equal_table(equal)}")
    if arguments.svg:
        arguments.svg.write_text(_picture(groups["conversations"]), encoding="utf-8")
    if arguments.json:
        print(json.dumps({"groups": figures, "parts": parts, "parts_orders": orders, "equal_cut_ins": equal}))
    return int(not equal["conversations"]["goal"])


def _listen(folder: Path, cache: Path) -> Iterator[Labelled]:
    for recording in recordings(folder):
        yield from label(recording, hear(recording.path, cache))


def _groups(found: Sequence[Labelled]) -> Group:
    """Return the recordings by kind, all conversations, and the two halves of the split."""
    kinds = dict.fromkeys(one.recording.kind for one in found)
    talks = [one for one in found if one.recording.kind in ("calls", "meetings")]
    return {
        "all": found,
        "tuned on (half of the recordings)": [one for one in found if not one.recording.held_out],
        "held out (the other half)": [one for one in found if one.recording.held_out],
        "conversations": talks,
        **{kind: [one for one in found if one.recording.kind == kind] for kind in kinds},
    }


def _figures(some: Sequence[Labelled], rule: Rule) -> dict[str, object]:
    judged = judge(some, rule)
    figures = score(judged)
    return asdict(figures) | {
        "mean_interval": interval(judged, lambda one: one.mean) if figures.ends else None,
        "cut_ins": _cut_ins(figures),
        "cut_ins_interval": interval(judged, _cut_ins),
    }


def _cut_ins(figures: Score) -> float:
    """Return the share of the pauses in which the rule cuts in."""
    return (figures.inside + figures.sentence) / max(figures.inside_of + figures.sentence_of, 1)


def _at_equal_cut_ins(some: Sequence[Labelled]) -> dict[str, object]:
    """Compare offhook's curve with LiveKit's default, at no more cut-ins than LiveKit's."""
    stock = score(judge(some, livekit()))
    most = stock.inside + stock.sentence
    ours = [score(judge(some, rule)) for rule in CURVE["offhook"]]
    best = min((one for one in ours if one.inside + one.sentence <= most), key=lambda one: one.mean, default=ours[-1])
    mean, p90 = best.mean / stock.mean, best.p90 / stock.p90
    return {
        "cut_ins_stock": most,
        "cut_ins": best.inside + best.sentence,
        "mean": best.mean,
        "mean_stock": stock.mean,
        "mean_ratio": mean,
        "p90": best.p90,
        "p90_stock": stock.p90,
        "p90_ratio": p90,
        "goal": mean <= 0.5 and p90 <= 1 / 3,
    }


def _picture(some: Sequence[Labelled]) -> str:
    curves = {name: [_mark(some, rule) for rule in rules] for name, rules in CURVE.items()}
    marks = [_mark(some, RULES[STOCK], "LiveKit's default", "amber")]
    marks += [_mark(some, RULES[name], name, "cyan") for name in ("quick", "normal", "patient")]
    return draw(curves, marks, "How quickly it answers, and how often it cuts in: telephone calls and meetings")


def _mark(some: Sequence[Labelled], rule: Rule, words: str = "", color: str = "ink") -> Mark:
    figures = score(judge(some, rule))
    return Mark(figures.mean, _cut_ins(figures), words, color)  # type: ignore[arg-type]  # a literal above


def _table(rows: Mapping[str, Mapping[str, object]]) -> str:
    head = ("rule", "mean", "95 %", "p50", "p90", "ends", "inside", "at sentence ends")
    return _aligned([head, *(_row(name, row) for name, row in rows.items())])


def _row(name: str, row: Mapping[str, object]) -> tuple[str, ...]:
    between = row["mean_interval"]
    spread = f"{between[0]:.2f}-{between[1]:.2f}" if isinstance(between, tuple) else "-"
    delays = [f"{row[key]:.2f}" if row["ends"] else "-" for key in ("mean", "p50", "p90")]
    cut_ins = [f"{row[key]} of {row[f'{key}_of']}" for key in ("inside", "sentence")]
    return (name, delays[0], spread, delays[1], delays[2], str(row["ends"]), *cut_ins)


def _equal_table(rows: Mapping[str, Mapping[str, object]]) -> str:
    head = ("recordings", "cut-ins", "of LiveKit", "mean", "of LiveKit's", "p90", "of LiveKit's")
    keys = ("mean", "mean_ratio", "p90", "p90_ratio")
    body = [
        (name, str(row["cut_ins"]), str(row["cut_ins_stock"]), *(f"{row[key]:.2f}" for key in keys))
        for name, row in rows.items()
    ]
    return _aligned([head, *body])


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
