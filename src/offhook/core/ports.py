"""What the supervisor needs from the outside, as small protocols."""

from collections.abc import Sequence
from typing import Protocol

from offhook.core.facts import Fact, LineClosed
from offhook.core.record import Record
from offhook.core.wishes import Ask, Do, HangUp, Instruct, MarkAway, Retry, Say, Transfer, Wish

__all__ = ["Hands", "Line", "Policy", "Recorder", "SpareVoice", "Voice"]


class Policy(Protocol):
    """Decides; never waits, never talks to the outside."""

    @property
    def deadline(self) -> float | None:
        """When to be handed a `Tick`, on the clock of `now`; None: never."""

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        """Take in one fact and say what to do about it."""


class Voice(Protocol):
    """A mouth. Each call returns when the line was played, or raises what went wrong."""

    async def say(self, wish: Say) -> bool:
        """Speak the line; True when the caller cut it short."""

    async def ask(self, wish: Ask) -> bool:
        """Let the model speak; True when the caller cut it short."""

    def mark_away(self, wish: MarkAway) -> None:
        """Show the caller as away or back."""


class SpareVoice(Voice, Protocol):
    """A mouth for what another one cannot say."""

    def prepare(self, text: str) -> None:
        """Be ready for this line, which may be wanted soon."""


class Hands(Protocol):
    """What is done besides speaking. A call returns when it is done, or raises what went wrong."""

    async def act(self, wish: Do | Instruct | Transfer | Retry) -> None:
        """Do it on the running call."""


class Line(Protocol):
    """The way out of the call."""

    async def hang_up(self, wish: HangUp) -> LineClosed:
        """Close what the scope says; "already gone" is success; never raises for a failing server."""


class Recorder(Protocol):
    """Where facts and wishes are kept."""

    def append(self, record: Record) -> None:
        """Keep this record; never blocks, never raises."""

    async def safe(self) -> bool:
        """Wait until all that was appended is on disk; False: it is not, and that was said loudly."""
