"""`offhook show CALL`: shows one call of the journal."""

import json
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from offhook.cli.call_lines import header
from offhook.cli.journal import Json, Where, open_reader
from offhook.core.errors import OffhookError

if TYPE_CHECKING:
    from offhook.journal.call_reader import CallReader

__all__ = ["show"]

POLL_INTERVAL = 0.3


def show(
    call: Annotated[str, typer.Argument(help="The call's id, the start of the id, or: last")],
    as_json: Json = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new rows until the call ends.")] = False,
    timeline: Annotated[
        bool | None, typer.Option("--timeline/--transcript", help="Show only one of the two; default: both.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Draw the call into this SVG file instead.")] = None,
    journal: Where = None,
) -> None:
    """Show one call: the transcript, the events, and each decision with its reason."""
    if follow and (as_json or timeline is False):
        raise typer.BadParameter("--follow shows only the timeline; leave out --json and --transcript")
    with open_reader(journal) as reader:
        found = reader.find(call)
        summary = reader.summary(found)
        if svg is not None:
            _draw(reader, found, svg)
            return
        if as_json:
            from offhook.reports.export import call_as_json

            print(json.dumps(call_as_json(reader, summary), indent=2, ensure_ascii=False))
            return
        print(header(summary), end="\n\n")
        if follow:
            _follow(reader, found)
        else:
            _show(reader, found, timeline)


def _draw(reader: "CallReader", call: str, path: Path) -> None:
    from offhook.reports.picture.draw import call_picture  # late import, so that other commands start faster

    picture = call_picture(reader.records(call))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(picture, encoding="utf-8", errors="replace")
    except OSError as error:
        raise OffhookError(f"cannot write {path}: {error.strerror}; give another file with --svg") from error
    print(f"wrote {path}", file=sys.stderr)


def _show(reader: "CallReader", call: str, timeline_only: bool | None) -> None:
    from offhook.reports.render import (
        render,
        render_transcript,
    )  # late import, so that other commands start faster
    from offhook.reports.timeline import timeline  # late import, so that other commands start faster
    from offhook.reports.transcript import transcript  # late import, so that other commands start faster

    records, width, color = reader.records(call), _width(), sys.stdout.isatty()
    if timeline_only is not True:
        print(render_transcript(transcript(records), width, color=color) or "nothing was said\n", end="")
    if timeline_only is None:
        print()
    if timeline_only is not False:
        print(render(timeline(records), width, color=color), end="")


def _follow(reader: "CallReader", call: str) -> None:
    from offhook.reports.render import render  # late import, so that other commands start faster
    from offhook.reports.timeline import follow  # late import, so that other commands start faster

    try:
        for rows in follow(reader, call):
            print(render(rows, _width(), color=sys.stdout.isatty()), end="", flush=True)
            if not rows:
                time.sleep(POLL_INTERVAL)
    except KeyboardInterrupt:
        raise typer.Exit from None


def _width() -> int:
    return min(shutil.get_terminal_size().columns, 140)
