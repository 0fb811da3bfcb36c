"""Draws the main loop: facts in, policies decide, decisions out, and the journal."""

from collections.abc import Iterator

from offhook.core.decisions import DECISIONS
from offhook.core.facts import FACTS
from offhook.policies import POLICIES
from offhook.reports.svg import arrow, box, line, picture, text

__all__ = ["loop_picture", "policies"]

DUTIES = {
    "ending": "ends the call, once",
    "commands": "answers commands",
    "reconnect": "waits for a lost caller",
    "transfer": "hangs up a transferred phone",
    "realtime_failure": "ends after a model failure",
    "start": "ends a call without a session",
    "dial": "dials, and dials again",
    "voicemail": "leaves a message",
    "limits": "limits time and cost",
    "barge_in": "pauses the agent at a sound",
    "away": "marks the caller away",
    "greeting": "greets",
    "recording": "asks for consent, records",
    "answer": "plays fillers, then retries",
    "carried_words": "answers words before a handoff",
    "silence": "runs the silence ladder",
}
SOURCES = (
    ("the room", "participants join, leave", "keys, ringing, active"),
    ("the session", "transcripts, VAD, tools", "speaking, listening"),
    ("your code", "end, away, silence", "signed commands"),
)
ACTIONS = (
    ("speech", "plays a line,", "asks the LLM"),
    ("the connection", "removes a leg,", "closes the room"),
    ("the agent", "new instructions,", "away state"),
)
TOP, STEP, HIGH = 74, 104, 84


def policies() -> tuple[str, ...]:
    """Return the names of a call's policies, in the order in which they receive each fact."""
    return tuple(policy().name for policy in POLICIES)


def loop_picture() -> str:
    """Draw three columns, with the journal below them."""
    return picture("Facts, policies and decisions", 960, 520, [*_left(), *_middle(), *_right(), *_journal()])


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
    yield text(336, 44, "One supervisor calls every policy", weight=600, size=16)
    yield box(336, TOP, 288, 292, color="ink")
    step = 238 / len(names)
    for number, name in enumerate(names):
        y = TOP + 28 + number * step
        yield text(352, y, name, weight=600, size=13)
        yield text(452, y, DUTIES.get(name, ""), color="dim", size=12)
    yield line(f"M336 {TOP + 252}H624")
    yield text(480, TOP + 276, "the timer of a policy is a number", color="dim", anchor="middle", size=13)


def _right() -> Iterator[str]:
    yield text(730, 44, "Actions are taken", weight=600, size=16)
    for number, (name, first, second) in enumerate(ACTIONS):
        y = TOP + number * STEP
        yield arrow(f"M624 {y + 42}H726", color="green")
        yield box(730, y, 200, HIGH, color="green")
        yield text(746, y + 28, name, weight=600)
        yield text(746, y + 50, first, color="dim", size=13)
        yield text(746, y + 68, second, color="dim", size=13)
    yield text(676, 104, f"{len(DECISIONS)} decisions", color="green", anchor="middle", weight=600)


def _journal() -> Iterator[str]:
    yield arrow("M440 366V424", color="amber")
    yield arrow("M830 366V394H590V370", dashed=True)
    yield text(714, 412, "the result is a new fact", color="dim", anchor="middle", size=13)
    yield box(30, 428, 900, 62, color="amber")
    yield text(480, 454, "the journal", weight=600, anchor="middle")
    words = "every fact with its time; every decision with its policy, its reason and the fact that caused it"
    yield text(480, 476, words, color="dim", anchor="middle", size=13)
