"""A detector of the user runs in its own process: it may hang, die or lie, and no text leaves unchecked."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offhook.redaction.isolated import IsolatedDetector
from offhook.redaction.redactor import Redactor

pytestmark = pytest.mark.slow

DETECTORS = """
import os, re
from offhook.redaction.spans import Span

class Names:
    def find(self, text):
        print("not an answer")
        return [Span(match.start(), match.end(), "name") for match in re.finditer("Ada", text)]

class Endless:
    def find(self, text):
        re.match("(a+)+$", "a" * 60 + "b")
        return []

class Dying:
    def find(self, text):
        os._exit(3)

class Raising:
    def find(self, text):
        raise ValueError(text)

class Lying:
    def find(self, text):
        return [Span(-5, 10**9, "all")]

class Broken:
    def __init__(self):
        raise RuntimeError("no model")
"""
GONE = "[redaction failed]"


@pytest.fixture
def detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], IsolatedDetector]]:
    (tmp_path / "detectors.py").write_text(DETECTORS)
    monkeypatch.chdir(tmp_path)
    made: list[IsolatedDetector] = []

    def make(name: str) -> IsolatedDetector:
        made.append(IsolatedDetector(f"detectors:{name}", timeout=0.5, start=30.0))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_a_detector_finds_names_in_many_texts(detector: Callable[[str], IsolatedDetector]) -> None:
    redactor = Redactor(detectors=[detector("Names")])
    texts = ["I am Ada", "", "Ada\nand Ada", "half \ud83d emoji of Ada", "no one"]
    assert redactor.redact_turns([("caller", text) for text in texts]) == [
        "I am [name]",
        "",
        "[name]\nand [name]",
        "half \ud83d emoji of [name]",
        "no one",
    ]


@pytest.mark.parametrize("name", ["Endless", "Dying", "Raising", "Broken", "None"])
def test_a_detector_that_fails_removes_the_text_and_is_not_asked_for_a_while(
    detector: Callable[[str], IsolatedDetector], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    redactor = Redactor(detectors=[detector(name)])
    assert [redactor.redact(f"secret {number}") for number in range(20)] == [GONE] * 20
    errors = [one.message for one in caplog.records if one.levelno == logging.ERROR]
    assert errors == ["the detector of OFFHOOK_REDACTOR failed; whole texts are masked for now"]


def test_a_detector_that_finds_more_than_there_is_masks_the_text(
    detector: Callable[[str], IsolatedDetector],
) -> None:
    assert Redactor(detectors=[detector("Lying")]).redact("hello") == "[all]"
