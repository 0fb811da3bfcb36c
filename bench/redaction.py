"""Measures how much of the labelled personal data offhook masks: `python -m bench.redaction --json`."""

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.personal_data import Entity, Sample, samples
from offhook.redaction.redactor import Redactor
from offhook.redaction.spans import Span

__all__ = ["RECALL", "Score", "main", "measure"]

RECALL = 0.95
"""The goal: at least this share of the labelled personal data is masked completely."""


@dataclass
class Score:
    """Counts for each label, such as "card". `wrong` has one text for each error."""

    labelled: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def recall(self, label: str) -> float:
        """Return the share of the personal data with this label that offhook masks completely."""
        return self.masked[label] / self.labelled[label]

    def precision(self, label: str) -> float:
        """Return the share of the masked spans with this label that are personal data."""
        return self.right[label] / self.spans[label]

    def add(self, sample: Sample, found: Sequence[tuple[int, Span]]) -> None:
        """Add the counts and the errors of one sample."""
        for turn, span in dict.fromkeys(found):
            hit = any(one.turn == turn and one.start < span.end and span.start < one.end for one in sample.entities)
            self.spans[span.label] += 1
            self.right[span.label] += hit
            if not hit:
                self.wrong.append(f"masked, but not personal data: {sample.turns[turn][1][span.start : span.end]!r}")
        for entity in sample.entities:
            text = sample.turns[entity.turn][1]
            hit = _covered(entity, text, [span for turn, span in found if turn == entity.turn])
            self.labelled[entity.label] += 1
            self.masked[entity.label] += hit
            if not hit:
                self.wrong.append(f"missed completely or partly, {entity.label}: {text!r}")


def main() -> int:
    """Measure and print the figures. Return 0 if the goal is reached, and 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m bench.redaction", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    arguments = parser.parse_args()
    every = samples()
    began = time.perf_counter()
    score = measure(every)
    ms = (time.perf_counter() - began) * 1000 / len(every)
    print("\n".join(score.wrong))
    print(f"\n| {len(every)} lines | labelled | recall | masked | precision |\n|---|--:|--:|--:|--:|")
    for label in score.labelled:
        counts = f"{score.labelled[label]} | {score.recall(label):.1%} | {score.spans[label]}"
        print(f"| {label} | {counts} | {score.precision(label):.1%} |")
    if arguments.json:
        figures = {
            label: {"recall": round(score.recall(label), 4), "precision": round(score.precision(label), 4)}
            for label in score.labelled
        }
        print(json.dumps({"lines": len(every), "ms_per_line": round(ms, 3), **figures}))
    return int(any(score.recall(label) < RECALL for label in score.labelled))


def measure(every: Sequence[Sample]) -> Score:
    """Return the score of offhook's built-in detectors."""
    redactor, score = Redactor(), Score()
    for sample in every:
        score.add(sample, list(redactor.find(sample.turns)))
    return score


def _covered(entity: Entity, text: str, spans: Sequence[Span]) -> bool:
    """Return True if the spans cover every letter and every digit of the entity."""
    inside = {place for span in spans for place in range(span.start, span.end)}
    return all(place in inside for place in range(entity.start, entity.end) if text[place].isalnum())


if __name__ == "__main__":
    raise SystemExit(main())
