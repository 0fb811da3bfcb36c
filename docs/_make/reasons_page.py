"""The page of reasons: why calls end, what a command is refused with, what offhook raises."""

import ast
import re
from typing import get_args

from docs._make.source import ROOT, find, first_words, public

from offhook.core.ending import EndReason, Scope
from offhook.core.errors import CommandCode

__all__ = ["reasons_page"]

HEAD = """# Reasons and errors

## Why a call ended

The last fact of every call, `Ended`, has one of these in `reason`, and details in words in `detail`. More:
[how a call ends](../ending.md).
"""


def reasons_page() -> str:
    """End reasons, scopes, codes of refusal and error classes, each with its meaning."""
    parts = [HEAD, _table("reason", _told("ending.md", get_args(EndReason)))]
    parts += ["## What is closed\n", _table("scope", _told("ending.md", get_args(Scope)))]
    codes = tuple(code for code in get_args(CommandCode) if code != "replayed")  # answered like the first time
    parts += ["## Why a command is refused\n", _table("code", _told("commands.md", codes))]
    parts += ["## Errors\n", "All are in `offhook.core.errors`, and the text of each says what to do.\n", _errors()]
    return "\n".join(parts)


def _told(page: str, values: tuple[str, ...]) -> dict[str, str]:
    """What the table of a guide says about each value."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)`[^|]*\| (.+) \|$", text, re.MULTILINE))
    return {value: re.sub(r"\]\((?!http)", "](../", rows[value]) for value in values}


def _errors() -> str:
    shown = {name: find("offhook.core.errors", name) for name in public("offhook.core.errors")}
    return _table("error", {name: first_words(node) for name, node in shown.items() if isinstance(node, ast.ClassDef)})


def _table(heading: str, rows: dict[str, str]) -> str:
    lines = [f"| {heading} | what it means |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in rows.items())]
    return "\n".join(lines) + "\n"
