"""The site builds without warnings, has every page in its navigation, and loads nothing from other hosts."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .pages import DOCS, ROOT

pytestmark = pytest.mark.slow

SETTINGS = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def pages(part: object) -> Iterator[str]:
    match part:
        case str():
            yield part
        case list():
            for one in part:
                yield from pages(one)
        case dict():
            yield from pages(list(part.values()))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site in a temporary folder, so that the sources do not change."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    shutil.copytree(DOCS, folder / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--strict"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    return folder / "site"


def test_every_page_is_in_the_navigation_once() -> None:
    there = sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))
    assert sorted(pages(SETTINGS["nav"])) == there, "add the page to nav in mkdocs.yml"


def test_every_page_is_built(site: Path) -> None:
    names = [Path(name) for name in pages(SETTINGS["nav"])]
    made = [
        name.with_name("index.html") if name.stem == "index" else name.with_suffix("") / "index.html" for name in names
    ]
    assert [str(name) for name in made if not (site / name).is_file()] == []


def test_site_asks_no_other_server(site: Path) -> None:
    asked = re.compile(
        r"""(?:<script[^>]*\ssrc|<link[^>]*\shref|<img[^>]*\ssrc|<iframe[^>]*\ssrc)=["']?(?:https?:)?//"""
    )
    styled = re.compile(r"""(?:@import|url\()\s*["']?(?:https?:)?//""")
    found = [page.name for page in site.rglob("*.html") if asked.search(page.read_text(encoding="utf-8"))]
    found += [sheet.name for sheet in site.rglob("*.css") if styled.search(sheet.read_text(encoding="utf-8"))]
    assert found == []


def test_site_can_be_searched_for_a_setting(site: Path) -> None:
    assert "OFFHOOK_CAPACITY" in (site / "search.json").read_text(encoding="utf-8")


def test_programs_are_not_published(site: Path) -> None:
    assert list(site.rglob("*.py")) == []


def test_the_index_for_language_models_is_published_and_its_links_lead_to_pages(site: Path) -> None:
    links = re.findall(r"\]\((\S+)\):", (site / "llms.txt").read_text(encoding="utf-8"))
    assert len(links) == len(list(pages(SETTINGS["nav"])))
    assert [link for link in links if not (site / link / "index.html").is_file()] == []
