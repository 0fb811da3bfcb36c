"""A real receiver of commands with a real view and a real journal; nothing carries the commands out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.room.hostile import CALL, KEYS

from offhook.call.view import LiveView
from offhook.core.facts import CommandReceived, CommandRefused, Fact
from offhook.engine.inbox import Inbox
from offhook.engine.recording import Recording
from offhook.journal.writer import Journal
from offhook.room.commands import CommandReceiver

__all__ = ["Receiving", "receiving"]


@dataclass
class Posted:
    """A sink that keeps the facts about commands."""

    facts: list[Fact] = field(default_factory=list)

    def notice(self, fact: Fact) -> None:
        if isinstance(fact, CommandReceived | CommandRefused):
            self.facts.append(fact)


@dataclass
class Receiving:
    """The parts of one call that take commands."""

    view: LiveView
    inbox: Inbox
    posted: Posted

    def receiver(self) -> CommandReceiver:
        """Return a receiver that has taken no command yet."""
        return CommandReceiver(CALL, KEYS, view=self.view, post=self.inbox.post, post_flushed=self.inbox.post_flushed)

    @property
    def received(self) -> list[CommandReceived]:
        return [one for one in self.posted.facts if isinstance(one, CommandReceived)]

    @property
    def refused(self) -> list[CommandRefused]:
        return [one for one in self.posted.facts if isinstance(one, CommandRefused)]


@asynccontextmanager
async def receiving(folder: Path) -> AsyncIterator[Receiving]:
    """Open a journal in this folder, and close it at the end."""
    journal = Journal.open(folder / "journal.db")
    view = LiveView(CALL, folder / "journal.db", recorder=journal, clock=asyncio.get_running_loop().time)
    made = Receiving(view, Inbox(Recording(CALL, journal)), Posted())
    made.inbox.sinks += [view, made.posted]
    try:
        yield made
    finally:
        assert journal.close()
        assert journal.lost == 0
