"""All that is made from the code: the file it goes into, and its text."""

from collections.abc import Callable, Mapping

from docs._make.api_page import api_page
from docs._make.cli_page import cli_page
from docs._make.facts_page import facts_page, wishes_page
from docs._make.picture_ending import ending_picture
from docs._make.picture_journal import journal_picture
from docs._make.picture_ladder import ladder_picture
from docs._make.picture_loop import loop_picture
from docs._make.reasons_page import reasons_page
from docs._make.settings_page import settings_page
from docs._make.source import ROOT

__all__ = ["FILES", "outdated"]

FILES: Mapping[str, Callable[[], str]] = {
    "docs/reference/commands.md": cli_page,
    "docs/reference/settings.md": settings_page,
    "docs/reference/facts.md": facts_page,
    "docs/reference/wishes.md": wishes_page,
    "docs/reference/reasons.md": reasons_page,
    "docs/reference/python.md": api_page,
    "docs/pictures/concept-loop.svg": loop_picture,
    "docs/pictures/concept-ladder.svg": ladder_picture,
    "docs/pictures/concept-ending.svg": ending_picture,
    "docs/pictures/concept-journal.svg": journal_picture,
}


def outdated() -> dict[str, str]:
    """The files that are not what the code says, with the text they should have."""
    made = {path: write() for path, write in FILES.items()}
    return {path: text for path, text in made.items() if _text(path) != text}


def _text(path: str) -> str | None:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else None
