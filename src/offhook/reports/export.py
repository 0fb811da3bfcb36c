"""Writes calls as JSON, JSON Lines, CSV, Markdown, or messages of OpenAI's API."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Literal

from offhook.journal.call_reader import CallReader, Summary
from offhook.reports.messages import openai_messages
from offhook.reports.transcript import Line, transcript

__all__ = ["FORMATS", "Format", "call_as_json", "export"]

Format = Literal["json", "jsonl", "csv", "md", "messages"]

_COLUMNS = ("call", "caller", "at", "elapsed", "who", "kind", "text", "interrupted")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""If a cell begins with one of these characters, a spreadsheet program may run the cell as a formula."""
_NUMBER = re.compile(r"[+-]?[\d. ()-]+")
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")


def export(reader: CallReader, found: Iterable[Summary], form: Format) -> Iterator[str]:
    """Yield the calls in this format, in parts. Only one call at a time is in memory."""
    return FORMATS[form](reader, found)


def call_as_json(reader: CallReader, summary: Summary) -> dict[str, object]:
    """Return the summary of a call with its transcript and all its records, as JSON-ready data."""
    records = reader.records(summary.call)
    lines = [asdict(line) for line in transcript(records)]
    return {**asdict(summary), "transcript": lines, "records": [asdict(record) for record in records]}


def _json(reader: CallReader, found: Iterable[Summary]) -> Iterator[str]:
    separator = "["
    for summary in found:
        yield f"{separator}\n{json.dumps(call_as_json(reader, summary), indent=2, ensure_ascii=False)}"
        separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"


def _json_lines(reader: CallReader, found: Iterable[Summary]) -> Iterator[str]:
    """Yield a line of JSON for each record."""
    for summary in found:
        for record in reader.records(summary.call):
            yield json.dumps(asdict(record), ensure_ascii=False) + "\n"


def _messages(reader: CallReader, found: Iterable[Summary]) -> Iterator[str]:
    """Yield a line of JSON for each call, in the format of OpenAI's fine-tuning files."""
    for summary in found:
        yield json.dumps({"messages": openai_messages(reader.records(summary.call))}, ensure_ascii=False) + "\n"


def _csv(reader: CallReader, found: Iterable[Summary]) -> Iterator[str]:
    """Yield the transcripts as CSV, with a row for each line of a transcript."""
    yield _row(_COLUMNS)
    for summary in found:
        for line in transcript(reader.records(summary.call)):
            at = datetime.fromtimestamp(summary.started_at + line.elapsed, UTC).isoformat(timespec="milliseconds")
            elapsed, cut = f"{line.elapsed:.3f}", "yes" if line.interrupted else ""
            yield _row((summary.call, summary.caller, at, elapsed, line.who, line.kind, line.text, cut))


def _row(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([_cell(cell) for cell in cells])
    return written.getvalue()


def _cell(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _markdown(reader: CallReader, found: Iterable[Summary]) -> Iterator[str]:
    for summary in found:
        began = datetime.fromtimestamp(summary.started_at, UTC)
        end = " ".join(filter(None, [summary.reason or "open", f"({summary.detail})" if summary.detail else ""]))
        yield f"# Call {_plain(summary.call)}\n\n"
        yield f"- caller: {_plain(summary.caller or 'nobody')}\n- began: {began:%Y-%m-%d %H:%M:%S} UTC\n"
        yield f"- length: {summary.seconds:.0f} s\n- end: {_plain(end)}\n\n"
        for line in transcript(reader.records(summary.call)):
            yield _paragraph(line)


def _paragraph(line: Line) -> str:
    minutes, seconds = divmod(int(max(line.elapsed, 0)), 60)
    marks = ["interrupted"] if line.interrupted else []
    marks += ["not part of the conversation"] if line.kind == "heard" else []
    ending = f" *({', '.join(marks)})*" if marks else ""
    return f"**{line.who}** {minutes}:{seconds:02}  \n{_plain(' '.join(line.text.split()))}{ending}\n\n"


def _plain(text: str) -> str:
    """Escape Markdown and HTML, because the words and the name of a caller may contain them."""
    return _MARKUP.sub(r"\\\1", text)


FORMATS: Mapping[Format, Callable[[CallReader, Iterable[Summary]], Iterator[str]]] = {
    "json": _json,
    "jsonl": _json_lines,
    "csv": _csv,
    "md": _markdown,
    "messages": _messages,
}
