"""Measures the delays at turn ends and the cut-ins at pauses in recordings: `python -m bench.turns --speech DIR`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from xml.etree.ElementTree import ParseError

from bench.endpointing.crowd import LEVELS, Ends, crowd_ends
from bench.endpointing.dialogues import dialogues
from bench.endpointing.equal import Equal, at_equal_cut_ins
from bench.endpointing.figures import figures, halves
from bench.endpointing.hearing import hear
from bench.endpointing.labels import Labelled, label, recordings
from bench.endpointing.offline import compare_offline, picture_offline
from bench.endpointing.picture import draw, mark
from bench.endpointing.rules import CURVE, PARTS, RULES, livekit
from bench.endpointing.tables import crowd_table, equal_table, table
from bench.stage import tell

__all__ = ["main"]

STOCK = "LiveKit's default (v1-mini, 0.3 / 2.5 s)"


def main() -> int:
    """Print the tables. Return 0 if the goals are reached in the conversations, 1 if not, and 2 after an error."""
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=__doc__)
    parser.add_argument("--speech", type=Path, required=True, help="the folder with manifest.toml and the recordings")
    parser.add_argument("--dialogues", type=Path, help="the folder Data of the HCRC Map Task's annotations")
    parser.add_argument("--only", choices=("ends", "noise"), help="only the ends of turns, or only the crowd")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument("--svg", type=Path, help="draw the curves into this file (dialogues: into NAME-offline.svg)")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "offhook-bench-turns")
    arguments = parser.parse_args()
    try:
        found = [] if arguments.only == "noise" else list(_listen(arguments.speech, arguments.cache))
        crowd = {} if arguments.only == "ends" else _crowd(arguments.speech, arguments.cache)
        talks = list(dialogues(arguments.dialogues)) if arguments.dialogues and arguments.only != "noise" else []
    except (OSError, ValueError, KeyError, ParseError) as error:
        tell(f"bench.turns: the recordings or the dialogues cannot be read: {error!r}")
        return 2
    measured, reached = _ends(found, talks, arguments.svg) if found else ({}, True)
    if crowd:
        print(f"\norders in a crowd\n{crowd_table(crowd)}")
    if arguments.json:
        noise = {name: [asdict(one) for one in ends] for name, ends in crowd.items()}
        print(json.dumps({**measured, "crowd": noise}))
    return int(not reached)


def _ends(found: Sequence[Labelled], talks: Sequence[Labelled], svg: Path | None) -> tuple[dict[str, object], bool]:
    """Print the tables of the ends of turns. Return the figures, and True if the goals are reached."""
    groups = _groups(found)
    measured = {name: {rule: figures(some, RULES[rule]) for rule in RULES} for name, some in groups.items()}
    for name, rows in measured.items():
        print(f"\n{name}\n{table(rows)}")
    parts = {rule: figures(found, PARTS[rule]) for rule in PARTS}
    orders = {rule: figures(groups["orders"], PARTS[rule]) for rule in PARTS}
    print(f"\nwhat each part adds, all recordings\n{table(parts)}")
    print(f"\nwhat each part adds, orders (the only recordings whose words are used)\n{table(orders)}")
    equal = {
        name: at_equal_cut_ins(some, livekit(), CURVE["offhook"])
        for name, some in groups.items()
        if any(x.label == "end" for x in some)
    }
    print(f"\nat LiveKit's own number of cut-ins\n{equal_table(equal)}")
    offline = compare_offline(groups, talks)
    if svg:
        svg.write_text(_picture(groups["conversations"]), encoding="utf-8")
    if svg and talks:
        svg.with_stem(f"{svg.stem}-offline").write_text(picture_offline(talks), encoding="utf-8")
    compared = {name: asdict(one) for name, one in equal.items()}
    both = {"groups": measured, "parts": parts, "parts_orders": orders, "equal_cut_ins": compared, "offline": offline}
    return both, _reached(equal["conversations"])


def _reached(one: Equal) -> bool:
    return one.mean_ratio <= 0.5 and one.p90_ratio <= 1 / 3


def _crowd(folder: Path, cache: Path) -> dict[str, list[Ends]]:
    found = recordings(folder)
    return {f"{level:g} dB": list(crowd_ends(found, level, cache)) for level in LEVELS}


def _listen(folder: Path, cache: Path) -> Iterator[Labelled]:
    for recording in recordings(folder):
        yield from label(recording, hear(recording.path, cache))


def _groups(found: Sequence[Labelled]) -> dict[str, Sequence[Labelled]]:
    """Return the silences in groups: all silences, the conversations, the two halves of each of these groups, and one
    group for each kind of recording.
    """
    kinds = dict.fromkeys(one.recording.kind for one in found)
    talks = [one for one in found if one.recording.kind in ("calls", "meetings")]
    first, other = halves(found)
    first_talks, other_talks = halves(talks)
    return {
        "all": found,
        "tuned on (half of the recordings)": first,
        "held out (the other half)": other,
        "conversations": talks,
        "conversations, tuned on": first_talks,
        "conversations, held out": other_talks,
        **{kind: [one for one in found if one.recording.kind == kind] for kind in kinds},
    }


def _picture(some: Sequence[Labelled]) -> str:
    curves = {name: [mark(some, rule) for rule in rules] for name, rules in CURVE.items()}
    marks = [mark(some, RULES[STOCK], "LiveKit's default", "amber")]
    marks += [mark(some, RULES[name], name, "cyan") for name in ("quick", "normal", "patient")]
    return draw(curves, marks, "How quickly it answers, and how often it cuts in: telephone calls and meetings")


if __name__ == "__main__":
    sys.exit(main())
