"""Generates the page of reasons: why calls end, why commands are refused, which errors offhook raises."""

import ast
import re
from typing import get_args

from docs._make.source import ROOT, find, first_words, public

from offhook.core.ending import EndReason, Scope
from offhook.errors import COMMAND_CODES

__all__ = ["reasons_page"]

HEAD = """# Reasons and errors

## Why a call ended

The fact `Ended` of a call has one of these codes in `reason`, and more details as text in `detail`. See also [how a
call ends](../ending.md).
"""


def reasons_page() -> str:
    """Return the page: end reasons, scopes, refusal codes and error classes."""
    parts = [HEAD, _table("reason", _meanings("ending.md", get_args(EndReason)))]
    parts += ["## What is closed\n", _table("scope", _meanings("ending.md", get_args(Scope)))]
    parts += ["## Why a command is refused\n", _table("code", dict(COMMAND_CODES))]
    parts += [
        "## Errors\n",
        "All error classes are in `offhook.errors`. The text of each error says what to do.\n",
        _errors(),
    ]
    return "\n".join(parts)


def _meanings(page: str, values: tuple[str, ...]) -> dict[str, str]:
    """Return the meaning of each value, from a table in this guide."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)`[^|]*\| (.+) \|$", text, re.MULTILINE))
    return {value: re.sub(r"\]\((?!http)", "](../", rows[value]) for value in values}


def _errors() -> str:
    found = {name: find("offhook.core.errors", name) for name in public("offhook.core.errors")}
    return _table("error", {name: first_words(node) for name, node in found.items() if isinstance(node, ast.ClassDef)})


def _table(heading: str, rows: dict[str, str]) -> str:
    lines = [f"| {heading} | what it means |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in rows.items())]
    return "\n".join(lines) + "\n"
