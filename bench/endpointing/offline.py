"""Compares LiveKit's `turn_detection="vad"` with offhook without an end-of-turn detector. Considers only
offhook rules that cut in no more often than LiveKit's rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bench.endpointing.equal import at_equal_cut_ins
from bench.endpointing.figures import figures, halves
from bench.endpointing.judge import Rule
from bench.endpointing.labels import Labelled
from bench.endpointing.picture import draw, mark
from bench.endpointing.rules import CURVE, OFFLINE, OFFLINE_CURVE, OFFLINE_PARTS, OFFLINE_PLAIN_CURVE, vad
from bench.endpointing.tables import equal_table, table
from offhook.policies.endpointing.question import asked
from offhook.policies.endpointing.words import affirms_or_denies

__all__ = ["compare_offline", "picture_offline"]

_STOCK = "LiveKit's vad (0.5 s)"


def compare_offline(groups: Mapping[str, Sequence[Labelled]], talks: Sequence[Labelled]) -> dict[str, object]:
    """Print the tables of the recordings and of the dialogues, and return the figures."""
    some = {name: groups[name] for name in ("conversations", "orders") if groups.get(name)} | _halves(talks)
    equal = {name: at_equal_cut_ins(one, vad(0.5), OFFLINE_CURVE) for name, one in some.items()}
    if talks:
        other = halves(talks)[1]
        equal["dialogues, other half, without the question"] = at_equal_cut_ins(other, vad(0.5), OFFLINE_PLAIN_CURVE)
    print(f"\nwithout a detector, at the number of cut-ins of LiveKit's vad\n{equal_table(equal)}")
    tables = {name: _print(name, one, OFFLINE) for name, one in _halves(talks).items()}
    parts = {name: _print(f"{name}: what each part adds", one, OFFLINE_PARTS) for name, one in _halves(talks).items()}
    answers = [one for one in talks if _answers(one)]
    for name, one in _halves(answers).items():
        parts[f"answers in {name}"] = _print(f"yes or no after a yes-or-no question, {name}", one, OFFLINE_PARTS)
    return {"equal_cut_ins": {name: asdict(one) for name, one in equal.items()}, "rules": tables, "parts": parts}


def picture_offline(talks: Sequence[Labelled]) -> str:
    """Return a chart of the delays and cut-ins in the dialogues, as SVG text."""
    curves = {name: [mark(talks, rule) for rule in rules] for name, rules in _curves().items()}
    marks = [mark(talks, OFFLINE[_STOCK], "LiveKit's vad", color="amber")]
    marks += [mark(talks, OFFLINE[name], name, color="cyan") for name in ("quick", "normal", "patient")]
    return draw(curves, marks, "Dialogues without a detector: how quickly it answers, how often it cuts in")


def _curves() -> Mapping[str, Sequence[Rule]]:
    return {"vad": CURVE["vad"], "offhook": OFFLINE_CURVE[::6]}


def _halves(talks: Sequence[Labelled]) -> dict[str, Sequence[Labelled]]:
    first, other = halves(talks)
    return {"dialogues": talks, "dialogues, first half": first, "dialogues, other half": other} if talks else {}


def _answers(one: Labelled) -> bool:
    return asked(one.question) == "yes_or_no" and affirms_or_denies(one.text)


def _print(title: str, some: Sequence[Labelled], rules: Mapping[str, Rule]) -> dict[str, dict[str, object]]:
    rows = {name: figures(some, rule) for name, rule in rules.items()}
    print(f"\n{title}\n{table(rows)}")
    return rows
