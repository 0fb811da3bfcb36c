"""Reads from the journal why the call in a room ended, and has a sentence for the caller about each reason."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from offhook.core.ending import EndReason
from offhook.core.errors import JournalError
from offhook.journal.reader import Reader

__all__ = ["WORDS", "CallOutcome", "watch_outcome"]

WORDS: Mapping[EndReason, str] = {
    "caller_hung_up": "You hung up.",
    "agent_ended": "The agent ended the call.",
    "silence": "The agent hung up because nobody spoke.",
    "limit": "The call reached its time limit.",
    "error": "The agent failed and hung up.",
    "shutdown": "The agent was stopped.",
    "command": "A command ended the call.",
    "room_closed": "The room was closed from outside.",
    "transferred": "The caller was transferred.",
    "media_lost": "The caller's sound was lost.",
    "rejected": "The call was rejected before it was answered.",
    "busy": "The phone was busy.",
    "declined": "The call was declined.",
    "no_answer": "Nobody answered the phone.",
    "unreachable": "The phone could not be reached.",
    "voicemail": "A voicemail answered.",
}
ENOUGH = 10
"""The page suggests the command `offhook show` with this many characters of the call id."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """The journal's data about a call. `words` is the sentence for the caller; it is empty until the agent hangs up or
    the call ends.
    """

    call: str
    show: str
    state: Literal["taken", "ending", "ended"] = "taken"
    reason: str = ""
    words: str = ""
    detail: str = ""


def watch_outcome(journal: Path, room: str, *, since: float) -> CallOutcome | None:
    """Return the state of the call in this room, or None until a worker accepts the call."""
    # Errors are ignored: before the first call there is no journal, and the worker logs any other error of the journal.
    with suppress(JournalError), Reader(journal) as reader:
        for summary in reader.calls(limit=50, since=since):
            if summary.room != room:
                continue
            show = f"offhook show {summary.call[:ENOUGH]}"
            if summary.state == "ended":
                return _outcome(summary.call, show, "ended", summary.reason, summary.detail)
            for record in reader.records(summary.call):
                if record.name == "HangUp":
                    return _outcome(summary.call, show, "ending", str(record.body.get("reason", "")))
            return CallOutcome(summary.call, show)
    return None


def _outcome(call: str, show: str, state: Literal["ending", "ended"], reason: str, detail: str = "") -> CallOutcome:
    known = next((one for one in get_args(EndReason) if one == reason), None)
    words = WORDS[known] if known else "The call ended."
    return CallOutcome(call, show, state, reason, words, detail)
