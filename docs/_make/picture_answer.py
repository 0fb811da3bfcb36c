"""Draws the answer picture from the policy's table: its states (what the caller waits for) and its events."""

from collections.abc import Iterator

from offhook.policies.answer.states import TRANSITIONS, Event, Owes
from offhook.reports.svg import Color, arrow, band, box, line, picture, text

__all__ = ["answer_picture"]

COLORS: dict[Owes, Color] = {Owes.NOBODY: "green", Owes.PLAYOUT: "green", Owes.RETRY: "amber"}
LEFT, STEP, TOP, ROW = 328, 83, 126, 27


def answer_picture() -> str:
    """Draw one column per state and one row per event.

    A dot marks a state in which the event counts. An arrow points to the next state.
    """
    high = TOP + ROW * len(Event) + 58
    return picture("What the caller waits for", 960, high, [*_states(), *_events(), *_notes(high)])


def _x(owes: Owes) -> float:
    return LEFT + list(Owes).index(owes) * STEP


def _color(owes: Owes) -> Color:
    return COLORS.get(owes, "violet")


def _states() -> Iterator[str]:
    yield text(30, 58, "What the caller waits for", weight=600, size=16)
    yield text(30, 80, "Dot: the event counts in this state.", color="dim", size=13)
    for owes in Owes:
        yield box(_x(owes) - 38, 34, 76, 56, color=_color(owes))
        words = _lines(owes.value)
        for number, part in enumerate(words):
            y = 67 if len(words) == 1 else 60 + 16 * number
            yield text(_x(owes), y, part, weight=600, anchor="middle", size=9.5 if len(words) > 1 else 12.5)
        yield line(f"M{_x(owes)} 92V{TOP + ROW * len(Event) - 12}")


def _lines(name: str) -> list[str]:
    """Return the name as one line, or as two lines if it is too long."""
    first, underscore, last = name.rpartition("_")
    return [name] if len(name) <= 12 else [first + underscore, last]


def _events() -> Iterator[str]:
    for number, event in enumerate(Event):
        y = TOP + number * ROW
        yield text(30, y + 4, event.value, size=12.5)
        (target,) = {events[event] for events in TRANSITIONS.values() if event in events}
        sources = [owes for owes, events in TRANSITIONS.items() if event in events]
        for end, gap in ((min(map(_x, sources)), -5), (max(map(_x, sources)), 5)):
            if (end - _x(target)) * gap > 0:
                yield arrow(f"M{end} {y}H{_x(target) + gap}", color=_arrow_color(target))
        for owes in sources:
            yield band(_x(owes) - 4, y - 4, 8, 8, color=_color(owes))


def _arrow_color(owes: Owes) -> Color:
    return "dim" if _color(owes) == "violet" else _color(owes)


def _notes(high: float) -> Iterator[str]:
    words = "During the wait, fillers play. A step that takes too long is retried, then abandoned."
    yield text(480, high - 22, words, color="dim", anchor="middle", size=13)
