"""The page of personal data: the recipe for Presidio works with a stand-in, and the figures are those of the bench."""

import re
from pathlib import Path

import pytest
from bench.personal_data import samples
from bench.redaction import measure

from offhook.redaction.isolated import IsolatedDetector
from offhook.redaction.redactor import Redactor

from .pages import DOCS, blocks

PAGE = DOCS / "personal-data.md"
STAND_IN = """
from types import SimpleNamespace

class AnalyzerEngine:
    def analyze(self, *, text, language):
        return [SimpleNamespace(start=text.index("Ada"), end=text.index("Ada") + 3, entity_type="PERSON")]
"""


@pytest.mark.slow
def test_the_recipe_finds_what_presidio_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (recipe,) = (block.text for block in blocks(PAGE) if "presidio_analyzer" in block.text)
    (tmp_path / "detectors.py").write_text(recipe, encoding="utf-8")
    (tmp_path / "presidio_analyzer.py").write_text(STAND_IN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    detector = IsolatedDetector("detectors:Presidio", timeout=10)
    try:
        assert Redactor(detectors=[detector]).redact("I am Ada") == "I am [person]"
    finally:
        detector.close()


def test_the_figures_are_those_that_are_measured() -> None:
    score = measure(samples())
    rows = [f"| {one} | {score.recall(one):.1%} | {score.precision(one):.1%} |" for one in score.labelled]
    text = PAGE.read_text(encoding="utf-8")
    assert [row for row in rows if row.replace("%", " %") not in text] == []
    assert re.search(r"\b(\d+) lines of conversation", text)[1] == str(len(samples()))  # type: ignore[index]  # the page has it


def test_the_split_number_of_the_page_is_masked_as_shown() -> None:
    (block,) = (one.text for one in blocks(PAGE) if "Go on." in one.text)
    rows = [re.split(r"  +", line) for line in block.splitlines()]
    assert Redactor().redact_turns([(who, said) for who, said, _ in rows]) == [shown for _, _, shown in rows]
