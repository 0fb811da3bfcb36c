"""`offhook calls` and `offhook show CALL`: list the calls in the journal, and show one of them."""

import io
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from offhook.journal.reader import Reader, Summary

__all__ = ["calls", "show"]

SHORT = 10
"""Characters of a call id in the list; they are enough for `offhook show`."""
POLL_INTERVAL = 0.3

Json = Annotated[bool, typer.Option("--json", help="For programs: one JSON value.")]
Where = Annotated[Path | None, typer.Option("--journal", help="The journal file; default: the file in the settings.")]


def calls(
    limit: Annotated[int, typer.Option(min=1, help="How many calls to list.")] = 20,
    as_json: Json = False,
    journal: Where = None,
) -> None:
    """List the calls, newest first."""
    with _journal(journal) as reader:
        found = reader.calls(limit=limit)
    if as_json:
        from dataclasses import asdict  # imported by the commands that use it

        print(json.dumps([asdict(summary) for summary in found], indent=2, ensure_ascii=False))
        return
    if not found:
        print("no calls yet")
    for summary in found:
        print(_listed(summary, now=time.time()))


def show(
    call: Annotated[str, typer.Argument(help="The call's id, the start of the id, or: last")],
    as_json: Json = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new rows until the call ends.")] = False,
    timeline: Annotated[
        bool | None, typer.Option("--timeline/--transcript", help="Show only one of the two; default: both.")
    ] = None,
    journal: Where = None,
) -> None:
    """Show one call: the transcript, the events, and each decision with its reason."""
    if follow and (as_json or timeline is False):
        raise typer.BadParameter("--follow shows only the timeline; leave out --json and --transcript")
    with _journal(journal) as reader:
        found = reader.find(call)
        if as_json:
            print(json.dumps(_as_json(reader, found), indent=2, ensure_ascii=False))
            return
        print(_header(reader.summary(found)), end="\n\n")
        if follow:
            _follow(reader, found)
        else:
            _show(reader, found, timeline)


def _show(reader: "Reader", call: str, timeline_only: bool | None) -> None:
    from offhook.reports.render import render, render_transcript  # imported by the commands that use it
    from offhook.reports.timeline import timeline  # imported by the commands that use it
    from offhook.reports.transcript import transcript  # imported by the commands that use it

    records, width, color = reader.records(call), _width(), sys.stdout.isatty()
    if timeline_only is not True:
        print(render_transcript(transcript(records), width, color=color) or "nothing was said\n", end="")
    if timeline_only is None:
        print()
    if timeline_only is not False:
        print(render(timeline(records), width, color=color), end="")


def _follow(reader: "Reader", call: str) -> None:
    from offhook.reports.render import render  # imported by the commands that use it
    from offhook.reports.timeline import follow  # imported by the commands that use it

    try:
        for rows in follow(reader, call):
            print(render(rows, _width(), color=sys.stdout.isatty()), end="", flush=True)
            if not rows:
                time.sleep(POLL_INTERVAL)
    except KeyboardInterrupt:
        raise typer.Exit from None


def _as_json(reader: "Reader", call: str) -> dict[str, object]:
    from dataclasses import asdict  # imported by the commands that use it

    from offhook.reports.transcript import transcript  # imported by the commands that use it

    records = reader.records(call)
    lines = [asdict(line) for line in transcript(records)]
    return {**asdict(reader.summary(call)), "transcript": lines, "records": [asdict(record) for record in records]}


@contextmanager
def _journal(path: Path | None) -> Iterator["Reader"]:
    """Open the journal for reading."""
    from offhook.journal.reader import Reader  # imported by the commands that use it

    if isinstance(sys.stdout, io.TextIOWrapper):
        # If the terminal does not have a character, it shows a question mark.
        sys.stdout.reconfigure(errors="replace")
    if path is None:
        from offhook.settings import load_settings  # imported by the commands that use it

        path = load_settings().journal
    with Reader(path) as reader:
        yield reader


def _listed(summary: "Summary", now: float) -> str:
    from offhook.reports.render import clean  # imported by the commands that use it

    began = datetime.fromtimestamp(summary.started_at).astimezone()
    who = clean(summary.caller or "nobody")[:20]
    heading = f"{summary.call[:SHORT]:<{SHORT}}  {began:%Y-%m-%d %H:%M:%S}  {who:<20}  {_duration(summary.seconds):>9}"
    return f"{heading}  {clean(_state(summary, now))}"


def _header(summary: "Summary") -> str:
    from offhook.reports.render import clean  # imported by the commands that use it

    began = datetime.fromtimestamp(summary.started_at).astimezone()
    first = f"call {summary.call}   room {summary.room or '?'}   caller {summary.caller or 'nobody'}"
    second = f"{began:%Y-%m-%d %H:%M:%S}   {_duration(summary.seconds)}   {_state(summary, time.time())}"
    return f"{clean(first)}\n{clean(second)}"


def _state(summary: "Summary", now: float) -> str:
    if summary.state == "open":
        return f"open, last record {_duration(max(0.0, now - summary.last_at))} ago"
    detail = f" ({summary.detail})" if summary.detail else ""
    return f"ended: {summary.reason}{detail}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes:02} m"
    return f"{minutes} m {whole % 60:02} s" if minutes else f"{whole} s"


def _width() -> int:
    return min(shutil.get_terminal_size().columns, 140)
