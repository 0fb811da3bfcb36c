"""Draws the screen of `offhook top`. Callers' names and words are never treated as markup or control codes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from offhook.cli.remote.top_state import Screen
from offhook.cli.remote.words import caller_words, doing, length
from offhook.reports.render import clean, render
from offhook.reports.timeline import Row

__all__ = ["draw", "draw_followed", "table"]

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the table. The column is shown if the terminal is at least `from_width` characters wide."""

    title: str
    text: Callable[[State], str]
    part: int | None = None
    """The column gets at most this fraction of the terminal's width; 5 means one fifth. The column of the last words
    gets the rest."""
    right: bool = False
    from_width: int = 0


def _latency(state: State) -> str:
    latency = state.get("latency")
    return f"{latency:.2f} s" if isinstance(latency, int | float) else ""


def _last(state: State) -> str:
    if error := state.get("error"):
        return str(state.get("detail") or error)
    last = state.get("last")
    if not isinstance(last, Mapping):
        return ""
    who = {"user": "caller", "assistant": "agent"}.get(str(last.get("who")), str(last.get("who")))
    return f"{who}: {last.get('text')}"


_COLUMNS = (
    _Column("room", lambda state: str(state.get("room") or "?"), part=5),
    _Column("agent", lambda state: str(state.get("agent") or state.get("identity") or "?"), part=7, from_width=100),
    _Column("caller", caller_words, part=6),
    _Column("state", doing),
    _Column("length", lambda state: length(state.get("seconds")), right=True),
    _Column("answer", _latency, right=True, from_width=80),
    _Column("last words", _last),
)
_STYLES = {"agent speaks": "green", "caller speaks": "cyan", "thinking": "yellow", "not offhook": "dim"}


def table(calls: Sequence[State], width: int, *, chosen: int = -1) -> Table:
    """Return the table of these calls for a terminal of this width; the row of the chosen call is marked."""
    columns = [one for one in _COLUMNS if one.from_width <= width]
    drawn = Table(box=None, expand=True, pad_edge=False, header_style="bold", padding=(0, 1))
    for one in columns:
        justify: JustifyMethod = "right" if one.right else "left"
        most = width // one.part if one.part else None
        rest = 1 if one is columns[-1] else None
        drawn.add_column(one.title, justify=justify, max_width=most, ratio=rest, no_wrap=True, overflow="ellipsis")
    for number, state in enumerate(calls):
        cells = [_cell(one.text(state)) for one in columns]
        drawn.add_row(*cells, style="reverse" if number == chosen else "dim" if state.get("error") else "")
    return drawn


def draw(screen: Screen, width: int, height: int) -> RenderableType:
    """Return the whole screen: a head, as many calls as fit (always with the chosen call), and a line of help."""
    room = max(height - 5, 1)
    first = min(max(screen.place - room + 1, 0), max(len(screen.calls) - room, 0))
    shown = screen.calls[first : first + room]
    body: RenderableType = table(shown, width, chosen=screen.place - first)
    if not screen.calls:
        body = Text("calls appear here when they begin" if screen.loaded else "looking for calls ...", style="dim")
    return Group(
        _line(_head(screen), "bold"), Text(""), body, Text(""), _foot(screen, "↑↓ choose  ⏎ follow  e end  q quit")
    )


def draw_followed(screen: Screen, rows: Sequence[Row], width: int, height: int) -> RenderableType:
    """Return the screen of one call: the last rows of its timeline."""
    room = screen.followed.partition("\n")[0]
    head = next((f", {caller_words(one)}, {doing(one)}" for one in screen.calls if one.get("room") == room), "")
    lines = render(rows, width, color=True).splitlines()[-max(height - 4, 1) :]
    drawn = Text("\n").join(Text.from_ansi(line) for line in lines)
    drawn.no_wrap, drawn.overflow = True, "crop"
    return Group(_line(f"{room}{head}", "bold"), Text(""), drawn, Text(""), _foot(screen, "Esc back  e end  q quit"))


def _head(screen: Screen) -> str:
    count = len(screen.calls)
    return f"{count or 'no'} running call{'' if count == 1 else 's'}" if screen.loaded else "offhook top"


def _foot(screen: Screen, keys: str) -> Text:
    if screen.asks and screen.call:
        return _line(f"end this call without a goodbye? y/n  room {screen.call.get('room')}", "bold red")
    if screen.trouble:
        return _line(f"not up to date: {screen.trouble}", "red")
    return _line(screen.notice, "yellow") if screen.notice else _line(keys, "dim")


def _cell(text: str) -> Text:
    return Text(clean(text), style=_STYLES.get(text, ""), no_wrap=True, overflow="ellipsis")


def _line(text: str, style: str) -> Text:
    return Text(clean(text), style=style, no_wrap=True, overflow="ellipsis")
