"""All generated files: their paths and the functions that generate their text."""

from collections.abc import Callable, Mapping

from docs._make.api_page import api_page
from docs._make.cli_page import cli_page
from docs._make.design_page import design_page
from docs._make.facts_page import decisions_page, facts_page
from docs._make.json_schema import journal_schema
from docs._make.llms_page import llms_page
from docs._make.picture_answer import answer_picture
from docs._make.picture_ending import ending_picture
from docs._make.picture_journal import journal_picture
from docs._make.picture_ladder import ladder_picture
from docs._make.picture_loop import loop_picture
from docs._make.reasons_page import reasons_page
from docs._make.roles_page import http_page, roles_page
from docs._make.settings_page import settings_page
from docs._make.source import ROOT
from docs._make.verbs_page import verbs_page

__all__ = ["FILES", "outdated"]

FILES: Mapping[str, Callable[[], str]] = {
    "docs/design.md": design_page,
    "docs/roles.md": roles_page,
    "docs/http.md": http_page,
    "docs/reference/commands.md": cli_page,
    "docs/reference/settings.md": settings_page,
    "docs/reference/facts.md": facts_page,
    "docs/reference/decisions.md": decisions_page,
    "docs/reference/journal.schema.json": journal_schema,
    "docs/reference/reasons.md": reasons_page,
    "docs/reference/verbs.md": verbs_page,
    "docs/reference/python.md": api_page,
    "docs/pictures/concept-loop.svg": loop_picture,
    "docs/pictures/concept-ladder.svg": ladder_picture,
    "docs/pictures/concept-answer.svg": answer_picture,
    "docs/pictures/concept-ending.svg": ending_picture,
    "docs/pictures/concept-journal.svg": journal_picture,
    "docs/llms.txt": llms_page,  # the last file, because it quotes the pages above
}


def outdated() -> dict[str, str]:
    """Return the path and the new text of each file whose generated text has changed."""
    generated = {path: write() for path, write in FILES.items()}
    return {path: text for path, text in generated.items() if _text(path) != text}


def _text(path: str) -> str | None:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else None
