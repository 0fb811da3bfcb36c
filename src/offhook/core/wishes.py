"""What a policy may wish for. Wishes only: somebody else carries them out. `why` goes into the journal."""

from collections.abc import Mapping
from dataclasses import dataclass

from offhook.core.ending import EndReason, Scope
from offhook.core.ladder import Work

__all__ = [
    "WISHES",
    "Ask",
    "Do",
    "EndCall",
    "HangUp",
    "Hush",
    "Instruct",
    "MarkAway",
    "Note",
    "Report",
    "Resume",
    "Retry",
    "Say",
    "Transfer",
    "Wish",
]


@dataclass(frozen=True, slots=True)
class Say:
    """Speak this line; `Spoken(tag)` comes back when it has been played.

    `unless_said`: not when what is being said already says goodbye; that one is waited for instead. `beside`: at once
    and not in turn, also while an answer is still awaited; it makes room when the agent speaks (`Hush`).
    """

    text: str
    tag: str
    interruptible: bool = True
    unless_said: bool = False
    beside: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Let the model speak by these instructions, calling `tool` first if one is named; `Spoken(tag)` comes back."""

    instructions: str
    tag: str
    tool: str = ""
    interruptible: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class Hush:
    """Stop saying the line of this tag."""

    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Let the model try again when its answer does not come; `Did(tag)` comes back.

    What it tries by `tag`: "retry" the answer, "tool" one without the tool that hangs, "loop" one without tools,
    "unheard" nothing: the answer is given up. "ears": the next recogniser.
    """

    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Do:
    """Call this function with the call; `Did(tag)` comes back."""

    work: Work
    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Instruct:
    """Add this to the agent's instructions; `Did(tag)` comes back."""

    text: str
    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Transfer the caller; `Did(tag)` comes back when that was not possible."""

    to: str
    tag: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class MarkAway:
    """Let `user_state_changed` handlers see the caller as away, or back; with `again` also those who saw it before."""

    away: bool
    again: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class EndCall:
    """End the call politely: the ending policy takes over from here."""

    reason: EndReason
    goodbye: str | None = None
    scope: Scope | None = None
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """The end was called off; the conversation goes on."""

    reason: EndReason
    why: str = ""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Cut the line now."""

    reason: EndReason
    scope: Scope
    detail: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Tell whoever commanded it that it is done."""

    id: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Nothing is to be done; the journal shall know why."""

    why: str


Wish = Say | Ask | Hush | Retry | Do | Instruct | Transfer | MarkAway | EndCall | Resume | HangUp | Report | Note

WISHES: Mapping[str, type] = {wish.__name__: wish for wish in Wish.__args__}
