"""The picture of the idea: facts in, policies decide, wishes out, and the journal beside it."""

import ast
from collections.abc import Iterator

from docs._make.source import find
from docs._make.svg import arrow, box, line, picture, text

from offhook.core.facts import FACTS
from offhook.core.wishes import WISHES

__all__ = ["loop_picture", "policies"]

DUTIES = {
    "Closer": "ends the call, once",
    "Switchboard": "answers commands",
    "Doorkeeper": "waits for a lost caller",
    "Timekeeper": "keeps the limits",
    "Vitals": "sees a model that died",
    "Presence": "shows the caller as away",
    "Greeter": "greets",
    "Stall": "bridges a missing answer",
    "Climber": "climbs the silence ladder",
}
SOURCES = (
    ("the room", "who comes, who leaves", "keys, ringing, active"),
    ("the session", "words, sounds, tools", "speaking, listening"),
    ("your code", "end, away, silence", "signed commands"),
)
DEEDS = (
    ("a voice", "says a line,", "asks the model"),
    ("the line", "cuts a leg,", "closes the room"),
    ("the agent", "new instructions,", "who is away"),
)
TOP, STEP, HIGH = 74, 104, 84


def policies() -> tuple[str, ...]:
    """The policies of a call, in the order in which they are asked."""
    supervisor = find("offhook.session.supervisor", "Supervisor")
    assert supervisor is not None
    lists = (
        node.value
        for node in ast.walk(supervisor)
        if isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.target) == "self._policies"
    )
    names = [ast.unparse(one) for one in ast.walk(next(lists)) if isinstance(one, ast.Call | ast.Attribute)]
    return tuple("Closer" if name == "self._closer" else name.removesuffix("()") for name in names)


def loop_picture() -> str:
    """Three columns, with the journal below them."""
    return picture("Facts, policies and wishes", 960, 520, [*_left(), *_middle(), *_right(), *_journal()])


def _left() -> Iterator[str]:
    yield text(30, 44, "Something happens", weight=600, size=16)
    for number, (name, first, second) in enumerate(SOURCES):
        y = TOP + number * STEP
        yield box(30, y, 200, HIGH, color="cyan")
        yield text(46, y + 28, name, weight=600)
        yield text(46, y + 50, first, color="dim", size=13)
        yield text(46, y + 68, second, color="dim", size=13)
        yield arrow(f"M230 {y + 42}H332", color="cyan")
    yield text(283, 104, f"{len(FACTS)} facts", color="cyan", anchor="middle", weight=600)


def _middle() -> Iterator[str]:
    names = policies()
    yield text(336, 44, "One supervisor asks every policy", weight=600, size=16)
    yield box(336, TOP, 288, 292, color="ink")
    step = 238 / len(names)
    for number, name in enumerate(names):
        y = TOP + 28 + number * step
        yield text(352, y, name, weight=600, size=13)
        yield text(452, y, DUTIES.get(name, ""), color="dim", size=12)
    yield line(f"M336 {TOP + 252}H624")
    yield text(480, TOP + 276, "a timer is a number: deadline", color="dim", anchor="middle", size=13)


def _right() -> Iterator[str]:
    yield text(730, 44, "It is carried out", weight=600, size=16)
    for number, (name, first, second) in enumerate(DEEDS):
        y = TOP + number * STEP
        yield arrow(f"M624 {y + 42}H726", color="green")
        yield box(730, y, 200, HIGH, color="green")
        yield text(746, y + 28, name, weight=600)
        yield text(746, y + 50, first, color="dim", size=13)
        yield text(746, y + 68, second, color="dim", size=13)
    yield text(676, 104, f"{len(WISHES)} wishes", color="green", anchor="middle", weight=600)


def _journal() -> Iterator[str]:
    yield arrow("M440 366V424", color="amber")
    yield arrow("M830 366V394H590V370", dashed=True)
    yield text(714, 412, "what came of it is a fact again", color="dim", anchor="middle", size=13)
    yield box(30, 428, 900, 62, color="amber")
    yield text(480, 454, "the journal", weight=600, anchor="middle")
    words = "every fact with its time, every wish with who wished it, why, and the fact that led to it"
    yield text(480, 476, words, color="dim", anchor="middle", size=13)
