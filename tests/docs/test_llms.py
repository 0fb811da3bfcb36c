"""The index for language models lists every page once, with a sentence about it."""

import re
from pathlib import Path

from docs._make.llms_page import llms_page

from .pages import DOCS

LINK = re.compile(r"^- \[(.+)\]\((\S+)\): (.+)$", re.MULTILINE)


def address(page: Path) -> str:
    """The address of a page in the site, as its theme makes it."""
    folder = page.relative_to(DOCS).with_suffix("")
    return f"{folder.parent if folder.name == 'index' else folder}/"


def test_the_index_lists_every_page_once() -> None:
    listed = [found[2] for found in LINK.finditer(llms_page())]
    assert sorted(listed) == sorted(address(page) for page in DOCS.rglob("*.md"))


def test_the_index_says_what_each_page_is_about() -> None:
    lines = [line for line in llms_page().splitlines() if line.startswith("- ")]
    assert [line for line in lines if not LINK.match(line) or len(line.split("): ")[1].split()) < 4] == []


def test_the_index_begins_with_the_name_and_one_sentence() -> None:
    assert re.match(r"# offhook\n\n> .+\n\n", llms_page())
