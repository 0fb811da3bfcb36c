"""`offhook export`: writes calls of the journal as JSON, JSON Lines, CSV, Markdown or OpenAI-style messages."""

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.journal import Agent, Caller, Reason, Since, Text, Until, Where, open_reader, wanted_calls
from offhook.core.errors import OffhookError

if TYPE_CHECKING:
    from offhook.journal.call_reader import CallReader, Summary

__all__ = ["export"]


class _Format(StrEnum):
    JSON = "json"
    JSON_LINES = "jsonl"
    CSV = "csv"
    MARKDOWN = "md"
    MESSAGES = "messages"


def export(  # noqa: PLR0913  # one for each option
    calls: Annotated[list[str] | None, typer.Argument(help="Ids of calls, or: last. Default: all that match.")] = None,
    *,
    form: Annotated[
        _Format,
        typer.Option(
            "--format",
            help="json and jsonl have every record. csv and md have the transcript. messages has one line of "
            "OpenAI-style messages for each call.",
        ),
    ] = _Format.JSON,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file; default: standard output.")] = None,
    since: Since = "",
    until: Until = "",
    reason: Reason = "",
    caller: Caller = "",
    agent: Agent = "",
    text: Text = "",
    journal: Where = None,
) -> None:
    """Write calls as JSON, JSON Lines, CSV, Markdown or OpenAI-style messages."""
    from offhook.journal.search import search
    from offhook.reports.export import export as parts_of

    wanted = wanted_calls(since=since, until=until, reason=reason, caller=caller, agent=agent, text=text)
    with open_reader(journal) as reader:
        found = _given(reader, calls) if calls else search(reader, wanted)
        _write(parts_of(reader, found, form.value), output)


def _given(reader: "CallReader", calls: Iterable[str]) -> list["Summary"]:
    return [reader.summary(reader.find(call)) for call in calls]


def _write(parts: Iterable[str], output: Path | None) -> None:
    if output is None:
        sys.stdout.writelines(parts)
        return
    try:
        with output.open("w", encoding="utf-8", errors="replace", newline="") as file:
            file.writelines(parts)
    except OSError as error:
        raise OffhookError(f"cannot write {output}: {error.strerror}; give another file with --output") from error
    print(f"wrote {output}", file=sys.stderr)
