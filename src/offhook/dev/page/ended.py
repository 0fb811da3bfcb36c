"""Why a call ended, in words for the person who was on it; read from the journal, by room."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from offhook.core.ending import EndReason
from offhook.core.errors import JournalError
from offhook.journal.reader import Reader

__all__ = ["WORDS", "CallNews", "look"]

WORDS: Mapping[EndReason, str] = {
    "caller_hung_up": "You hung up.",
    "agent_ended": "The agent ended the call.",
    "silence": "The agent hung up because nobody spoke.",
    "limit": "The call reached the longest time it may take.",
    "error": "Something broke in the agent, and it hung up.",
    "shutdown": "The agent was stopped.",
    "command": "The call was ended from outside, by a command.",
    "room_closed": "Somebody else closed the room.",
}
ENOUGH = 10
"""Characters of a call id that `offhook show` needs."""


@dataclass(frozen=True, slots=True)
class CallNews:
    """What the journal knows of a call; `words` are empty while it goes on."""

    call: str
    show: str
    state: Literal["taken", "ending", "ended"] = "taken"
    reason: str = ""
    words: str = ""
    detail: str = ""


def look(journal: Path, room: str, *, since: float) -> CallNews | None:
    """What is known of the call in this room; None as long as nobody took it."""
    # Before the first call there is no journal; whatever else is wrong with it, the worker says loudly.
    with suppress(JournalError), Reader(journal) as reader:
        for summary in reader.calls(limit=50, since=since):
            if summary.room != room:
                continue
            show = f"offhook show {summary.call[:ENOUGH]}"
            if summary.state == "ended":
                return _over(summary.call, show, "ended", summary.reason, summary.detail)
            for record in reader.records(summary.call):
                if record.name == "HangUp":
                    return _over(summary.call, show, "ending", str(record.body.get("reason", "")))
            return CallNews(summary.call, show)
    return None


def _over(call: str, show: str, state: Literal["ending", "ended"], reason: str, detail: str = "") -> CallNews:
    known = next((one for one in get_args(EndReason) if one == reason), None)
    words = WORDS[known] if known else "The call ended."
    return CallNews(call, show, state, reason, words, detail)
