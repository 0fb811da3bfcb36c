"""The reference is complete, and the reference and the pictures match the code."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from docs._make.api_page import MODULES, api_page
from docs._make.cli_page import cli_page, commands
from docs._make.everything import FILES
from docs._make.facts_page import decisions_page, facts_page, posters
from docs._make.picture_ladder import LADDER, SCENES
from docs._make.picture_loop import DUTIES, policies
from docs._make.rehearse import play

from offhook.core.decisions import DECISIONS
from offhook.core.facts import FACTS
from offhook.settings import variable_names

from .pages import DOCS, ROOT, headings

COMMAND = ".venv/bin/python -m docs._make"


@pytest.mark.parametrize("path", FILES)
def test_generated_file_is_up_to_date(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert text == FILES[path](), f"generate the file again and commit it: {COMMAND}"


def test_every_fact_and_wish_is_in_the_reference() -> None:
    text = facts_page() + decisions_page()
    assert [name for name in (*FACTS, *DECISIONS) if f"\n| `{name}` |" not in text] == []


def test_every_fact_is_told_by_somebody() -> None:
    assert [name for name in FACTS if not posters()[name]] == []


def test_every_command_is_in_the_reference() -> None:
    text = cli_page()
    assert [name for name in commands() if f"\n## offhook {name}\n" not in text] == []


def test_every_setting_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    names = list(variable_names())
    assert [name for name in names if f"\n| `{name}` |" not in text] == []


def public_callables() -> Iterator[tuple[str, str]]:
    for module in MODULES:
        for name in importlib.import_module(module).__all__:
            if callable(getattr(importlib.import_module(module), name)) and name not in (
                "CommandBody",
                "Grant",
                "Role",
            ):
                yield module, name


def test_everything_public_is_in_the_reference() -> None:
    headings = [
        name if module == "offhook" else f"{module.rpartition('.')[2]}.{name}" for module, name in public_callables()
    ]
    assert [heading for heading in headings if f"\n### {heading}\n" not in api_page()] == []


def test_every_policy_of_a_call_is_explained() -> None:
    assert set(policies()) == set(DUTIES)
    text = (DOCS / "concepts" / "facts-and-decisions.md").read_text(encoding="utf-8")
    assert [name for name in policies() if f"| `{name}` |" not in text] == []


def test_picture_of_the_ladder_shows_what_its_titles_say() -> None:
    nobody, fan, words = (play(scene, LADDER) for scene in SCENES)
    assert [line.step for line in nobody] == [0, 1, 2, 3]
    assert [later.began - line.began for line, later in zip(nobody[1:], fan[1:], strict=True)] == [3, 6, 9]
    assert [line.step for line in words] == [0, 1, 1, 2, 3]


@pytest.mark.parametrize("path", sorted(DOCS.glob("pictures/*.svg")), ids=lambda path: path.name)
def test_picture_is_well_formed_and_asks_nobody_else(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ET.fromstring(text).tag.endswith("svg")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_questions_have_short_answers() -> None:
    asked = [heading for heading in headings(DOCS / "questions.md") if heading.endswith("?")]
    assert len(asked) >= 20
