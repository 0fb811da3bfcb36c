"""Links have targets, pictures exist, and tables match the code."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest
from markdown.extensions.toc import slugify

from offhook.cli.remote.exit_codes import ERRORS, RESULTS
from offhook.core.ending import EndReason, Scope
from offhook.core.errors import COMMAND_CODES

from .pages import DOCS, DOCUMENTS, ROOT, headings, name_of, prose, slug


def targets(path: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(path))


def broken(path: Path) -> Iterator[str]:
    for link in targets(path):
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name) if name else path
        if not target.exists() or (anchor and anchor not in map(slug, headings(target))):
            yield link


def test_links_between_documents_lead_somewhere() -> None:
    for path in DOCUMENTS:
        assert list(broken(path)) == [], path


def test_links_to_the_web_are_https_addresses() -> None:
    for path in DOCUMENTS:
        outside = [urlsplit(link) for link in targets(path) if re.match(r"\w+:", link)]
        assert [url.geturl() for url in outside if url.scheme != "https" or "." not in url.netloc] == [], path


def test_pictures_say_what_they_show() -> None:
    for path in DOCUMENTS:
        shown = re.findall(r"!\[([^\]]*)\]", prose(path))
        assert [words for words in shown if len(words.split()) < 4] == [], path


def test_headings_have_anchors_of_their_own() -> None:
    for path in DOCUMENTS:
        twice = [anchor for anchor, count in Counter(map(slug, headings(path))).items() if count > 1]
        assert twice == [], path


def test_headings_have_the_same_anchor_in_the_repository_and_on_the_site() -> None:
    for path in DOCUMENTS:
        words = [heading.replace("`", "") for heading in headings(path)]
        assert {one: slugify(one, "-") for one in words} == {one: slug(one) for one in words}, path


def test_every_page_can_be_reached_by_links() -> None:
    seen, waiting = set[Path](), [ROOT / "README.md", DOCS / "index.md"]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        links = re.findall(r"\]\(([^)#\s]+\.md)", prose(path))
        waiting += {found for link in links if (found := (path.parent / link).resolve()).exists()} - seen
    assert set(DOCS.rglob("*.md")) <= seen


def test_settings_in_a_guide_are_told_as_in_the_reference() -> None:
    row = re.compile(r"^\| `(?:LIVEKIT|OFFHOOK)_\w+` \|.*\|.*\|.*$", re.MULTILINE)
    told = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8").splitlines()
    for path in sorted(DOCS.glob("*.md")):
        assert [line for line in row.findall(prose(path)) if line not in told] == [], path


def test_every_reason_and_scope_is_explained() -> None:
    told = (DOCS / "ending.md").read_text(encoding="utf-8")
    assert [value for value in (*get_args(EndReason), *get_args(Scope)) if f"\n| `{value}`" not in told] == []


def test_every_exit_code_of_a_command_to_a_call_is_told_as_it_is() -> None:
    text = (DOCS / "remote.md").read_text(encoding="utf-8")
    refusals = re.findall(r"^\| `(\w+)` \| (\d+) \| (.+) \|$", text, re.MULTILINE)
    assert refusals == [(code, str(number), COMMAND_CODES[code]) for code, number in ERRORS.items()]
    results = re.findall(r"^\| `(\w+)` \| .+ \| (\d+) \|$", text, re.MULTILINE)
    assert results == [(status, str(number)) for status, number in RESULTS.items()]


def test_figures_in_the_concepts_are_those_that_were_measured() -> None:
    measured = (DOCS / "performance.md").read_text(encoding="utf-8")
    told = re.findall(r"\b\d+ ms\b", (DOCS / "concepts" / "ending.md").read_text(encoding="utf-8"))
    assert told
    assert [figure for figure in told if f" {figure} " not in measured] == []


@pytest.mark.parametrize("path", [ROOT / "AGENTS.md", DOCS / "design.md"], ids=name_of)
def test_files_that_a_document_names_are_there(path: Path) -> None:
    named = re.findall(r"`([a-z_]+/[a-z_/0-9]+\.py)`", prose(path))
    assert named
    roots = (ROOT / "src" / "offhook", ROOT)
    assert [name for name in named if not any((root / name).exists() for root in roots)] == []
