"""Links lead somewhere, and tables say what the code says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from offhook.core.ending import EndReason, Scope
from offhook.core.errors import CommandCode
from offhook.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md"))]


def prose(path: Path) -> str:
    """The document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken(path: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name) if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    assert list(broken(path)) == []


def test_every_guide_can_be_reached_from_the_readme() -> None:
    seen, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        seen.add(path)
        links = re.findall(r"\]\(([^)#\s]+\.md)", prose(path))
        waiting += {found for link in links if (found := (path.parent / link).resolve()).exists()} - seen
    assert set(DOCS.glob("*.md")) <= seen


def settings_table() -> str:
    """Name, default and meaning of every setting, as .env.example explains them."""
    fields = {str(field.validation_alias): field.default for field in Settings.model_fields.values()}
    rows, told = ["| setting | default | what it is |", "|---|---|---|"], list[str]()
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            told.append(line.removeprefix("# "))
        elif not line:
            told.clear()
        else:
            name = line.partition("=")[0]
            default = fields.pop(name)
            shown = f"`{int(default) if isinstance(default, bool) else default}`" if default is not None else ""
            rows.append(f"| `{name}` | {shown} | {' '.join(told).replace('<', '&lt;')} |")
            told.clear()
    assert not fields, f"not in .env.example: {fields}"
    return "\n".join(rows)


def test_settings_table_is_that_of_the_settings() -> None:
    text = (DOCS / "running.md").read_text(encoding="utf-8")
    assert settings_table() in text, f"put this into docs/running.md:\n\n{settings_table()}\n"


@pytest.mark.parametrize("value", [*get_args(EndReason), *get_args(Scope)])
def test_every_reason_and_scope_is_explained(value: str) -> None:
    assert f"\n| `{value}`" in (DOCS / "ending.md").read_text(encoding="utf-8")


def test_every_code_that_a_call_refuses_with_is_explained() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    given = set(get_args(CommandCode)) - {"replayed"}  # a call answers a repeated command as it did the first time
    assert {code for code in given if f"| `{code}` |" not in text} == set()
