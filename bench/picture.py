"""Draws one call of the journal as an SVG: speech of both sides, decisions, and the end of the call.

python -m bench.picture last docs/pictures/call.svg
"""

import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from offhook.core.record import Record
from offhook.journal.reader import Reader
from offhook.settings import load_settings

__all__ = ["draw", "main"]

LEFT, SECOND, HEIGHT = 96, 34, 306
CALLER, MIDDLE, AGENT, AXIS = 52, 114, 156, 264
INK, DIM, LINE = "#24292f", "#6e7781", "#d0d7de"
CYAN, GREEN, AMBER = "#0a7ea4", "#2da44e", "#bf8700"
LETTER = 6.4  # approximate width of a 12 px letter


@dataclass(frozen=True, slots=True)
class Speech:
    """Speech of the caller or the agent, from `began` to `ended`."""

    began: float
    ended: float
    text: str


def draw(records: Sequence[Record]) -> str:
    """Draw the whole picture."""
    closed = next((one.elapsed for one in records if one.name == "HangUpDone"), records[-1].elapsed)
    caller, agent = list(_caller(records)), list(_agent(records))
    width = LEFT + (closed + 4.5) * SECOND
    body = [
        _frame(width),
        *_axis(closed, width),
        *(part for pair in _pairs(caller, closed) for part in _speech(*pair, CALLER, CYAN, above=True)),
        *(part for pair in _pairs(agent, closed) for part in _speech(*pair, AGENT, GREEN, above=False)),
        *_silences(records, agent),
        *_tools(records),
        *_end(closed, agent[-1].ended if agent else closed),
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {HEIGHT}" role="img" font-size="12"'
    family = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
    return "\n".join([f'{head} font-family="{family}">', "<title>A call</title>", *body, "</svg>\n"])


def _caller(records: Sequence[Record]) -> Iterator[Speech]:
    """Yield each speech of the caller that has a final transcript."""
    began = ended = None
    for one in records:
        if one.name == "CallerStateChanged" and one.body["state"] == "speaking":
            began, ended = _since(one), None
        elif one.name == "CallerStateChanged" and began is not None:
            ended = _since(one)
        elif one.name == "TranscriptReceived" and one.body["final"] and began is not None:
            yield Speech(began, ended or one.elapsed, str(one.body["text"]))
            began = None


def _agent(records: Sequence[Record]) -> Iterator[Speech]:
    began, text = None, ""
    for one in records:
        if one.name == "MessageCommitted" and one.body["role"] == "assistant":
            text = str(one.body["text"])
        elif one.name == "AgentStateChanged" and one.body["state"] == "speaking":
            began = _since(one)
        elif one.name == "AgentStateChanged" and began is not None:
            yield Speech(began, _since(one), text)
            began = None


def _since(record: Record) -> float:
    since = record.body.get("since")
    return since if isinstance(since, float) else record.elapsed


def _pairs(side: Sequence[Speech], closed: float) -> Iterator[tuple[Speech, float]]:
    """Pair each speech with the start of the next speech. This start limits the width of the text."""
    following = [one.began for one in side[1:]] + [closed + 4.5]
    yield from zip(side, following, strict=True)


def _speech(speech: Speech, until: float, y: int, color: str, *, above: bool) -> Iterator[str]:
    wide = max((speech.ended - speech.began) * SECOND, 3)
    yield f'<rect x="{_x(speech.began):.1f}" y="{y}" width="{wide:.1f}" height="20" rx="4" fill="{color}"/>'
    lines = textwrap.wrap(f"“{speech.text}”", max(int((until - speech.began) * SECOND / LETTER) - 2, 9))
    first = y - 8 - 16 * (len(lines) - 1) if above else y + 38
    for number, line in enumerate(lines):
        yield _text(_x(speech.began), first + 16 * number, line, INK)


def _silences(records: Sequence[Record], agent: Sequence[Speech]) -> Iterator[str]:
    for one in records:
        if one.kind == "decision" and one.by == "silence" and one.name in ("Say", "Ask", "EndCall"):
            since = max((spoken.ended for spoken in agent if spoken.ended < one.elapsed), default=0.0)
            x, wide, y = _x(since), (one.elapsed - since) * SECOND, MIDDLE
            yield f'<rect x="{x:.1f}" y="{y - 11}" width="{wide:.1f}" height="22" fill="{AMBER}" fill-opacity="0.16"/>'
            yield _text(x + wide / 2, y - 18, f"{one.elapsed - since:.2f} s of silence", AMBER, anchor="middle")


def _tools(records: Sequence[Record]) -> Iterator[str]:
    for one in records:
        if one.name == "ToolStarted":
            yield f'<circle cx="{_x(one.elapsed):.1f}" cy="{MIDDLE}" r="5" fill="#8250df"/>'
            yield _text(_x(one.elapsed) + 10, MIDDLE + 4, f"{one.body['name']}", "#8250df")


def _end(closed: float, last_word: float) -> Iterator[str]:
    x = _x(closed)
    yield f'<path d="M{x:.1f} {CALLER - 16}V{AGENT + 22}" stroke="{INK}" stroke-width="2"/>'
    yield _text(x + 8, CALLER + 6, "room closed", INK, weight=600)
    yield _text(x + 8, CALLER + 22, f"{(closed - last_word) * 1000:.0f} ms after the", DIM)
    yield _text(x + 8, CALLER + 38, "end of the last line", DIM)


def _axis(closed: float, width: float) -> Iterator[str]:
    for name, y in (("caller", CALLER + 14), ("offhook", MIDDLE + 4), ("agent", AGENT + 14)):
        yield _text(20, y, name, INK, weight=600)
    for y in (CALLER + 10, MIDDLE, AGENT + 10):
        yield f'<path d="M{LEFT} {y}H{_x(closed):.1f}" stroke="{LINE}"/>'
    yield f'<path d="M{LEFT} {AXIS}H{width - 20:.1f}" stroke="{LINE}"/>'
    for second in range(0, int(closed) + 1, 5):
        yield f'<path d="M{_x(second):.1f} {AXIS}v5" stroke="{DIM}"/>'
        yield _text(_x(second), AXIS + 20, f"{second} s", DIM, anchor="middle")


def _frame(width: float) -> str:
    return f'<rect width="{width:.0f}" height="{HEIGHT}" rx="10" fill="#ffffff" stroke="{LINE}"/>'


def _text(x: float, y: float, text: str, color: str, *, anchor: str = "start", weight: int = 400) -> str:
    looks = f'fill="{color}" text-anchor="{anchor}" font-weight="{weight}"'
    looks += ' stroke="#ffffff" stroke-width="4" paint-order="stroke"'  # a white edge keeps letters readable over lines
    return f'<text x="{x:.1f}" y="{y:.0f}" {looks}>{escape(text, quote=False)}</text>'


def _x(second: float) -> float:
    return LEFT + second * SECOND


def main() -> None:
    """Draw the call given on the command line into the given file."""
    if len(sys.argv) != 3:
        sys.exit("usage: python -m bench.picture CALL FILE.svg, where CALL is an id from `offhook calls`, or: last")
    call, path = sys.argv[1], Path(sys.argv[2])
    with Reader(load_settings().journal) as reader:
        picture = draw(reader.records(reader.find(call)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture, encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
