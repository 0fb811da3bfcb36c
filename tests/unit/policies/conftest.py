"""A silence ladder on a clock of numbers: tell it facts at times, read what it wished for and when."""

from collections.abc import Iterable
from typing import Self

import pytest

from offhook.core.facts import AgentTurned, CallerTurned, Fact, Heard, Planned, Tick
from offhook.core.ladder import Silence, goodbye, say
from offhook.core.wishes import Note, Wish
from offhook.policies.silence import Climber

LADDER = Silence(say("Still there?", after=8), say("Hello?", after=10), goodbye("Bye.", after=8), hold=6)

At = tuple[float, Fact]


class Climb:
    """Runs a `Climber` through facts in the order of their times, with a tick at each of its deadlines."""

    def __init__(self, ladder: Silence | None = LADDER, *, start: float = 100.0) -> None:
        self.climber = Climber()
        self.start = start
        self.log: list[tuple[float, Wish]] = []
        self._tell(Planned(silence=ladder), start)

    def using(self, ladder: Silence | None, *, start: float = 100.0) -> Self:
        """A new call with this ladder."""
        return type(self)(ladder, start=start)

    @staticmethod
    def listens(at: float) -> At:
        """The agent stopped speaking."""
        return at, AgentTurned("listening", since=at)

    @staticmethod
    def speaks(at: float, until: float) -> list[At]:
        return [(at, AgentTurned("speaking", since=at)), (until, AgentTurned("listening", since=until))]

    @staticmethod
    def sound(at: float, until: float) -> list[At]:
        """The voice detector hears something; it reports the end half a second late."""
        return [(at, CallerTurned("speaking", since=at)), (until + 0.5, CallerTurned("listening", since=until))]

    @staticmethod
    def words(at: float, text: str = "I am here", *, final: bool = True) -> At:
        return at, Heard(text, final=final)

    def run(self, facts: Iterable[At], *, until: float) -> list[tuple[float, Wish]]:
        """What was wished for in this stretch, times counted from the start; notes are left out."""
        before = len(self.log)
        for at, fact in sorted(facts, key=lambda pair: pair[0]):
            self._wait(self.start + at)
            self._tell(_moved(fact, self.start), self.start + at)
        self._wait(self.start + until)
        return [(at, wish) for at, wish in self.log[before:] if not isinstance(wish, Note)]

    @property
    def notes(self) -> list[tuple[float, str]]:
        return [(at, wish.why) for at, wish in self.log if isinstance(wish, Note)]

    @property
    def waits_until(self) -> float | None:
        deadline = self.climber.deadline
        return None if deadline is None else round(deadline - self.start, 6)

    def _wait(self, until: float) -> None:
        for _ in range(100):
            deadline = self.climber.deadline
            if deadline is None or deadline > until:
                return
            self._tell(Tick(), deadline)
        raise AssertionError("the ladder never rests")

    def _tell(self, fact: Fact, now: float) -> None:
        self.log += [(round(now - self.start, 6), wish) for wish in self.climber.handle(fact, now)]


def _moved(fact: Fact, by: float) -> Fact:
    match fact:
        case AgentTurned(state=state, since=since):
            return AgentTurned(state, since=since + by)
        case CallerTurned(state=heard_as, since=since):
            return CallerTurned(heard_as, since=since + by)
    return fact


@pytest.fixture
def call() -> Climb:
    return Climb()
