"""A silence ladder on a virtual clock: give facts with times, read the decisions with times."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Self

import pytest

from offhook.core.decisions import Decision, Note
from offhook.core.facts import (
    AgentStateChanged,
    CallerFound,
    CallerStateChanged,
    Fact,
    Planned,
    Tick,
    TranscriptReceived,
)
from offhook.core.ladder import Silence
from offhook.core.steps import goodbye, say
from offhook.policies.silence.policy import SilencePolicy

LADDER = Silence(say("Still there?", after=8), say("Hello?", after=10), goodbye("Bye.", after=8), hold=6)

At = tuple[float, Fact]


class Climb:
    """Runs a `SilencePolicy` through facts in the order of their times, with a tick at each of its deadlines."""

    def __init__(self, ladder: Silence | None = LADDER, *, start: float = 100.0, active: bool = True) -> None:
        self.climber = SilencePolicy()
        self.start = start
        self.log: list[tuple[float, Decision]] = []
        if active:
            self._tell(CallerFound("anna", phone=False, active=True), start)
        self._tell(Planned(silence=ladder), start)

    def using(self, ladder: Silence | None, *, start: float = 100.0) -> Self:
        """A new call with this ladder."""
        return type(self)(ladder, start=start)

    def ringing(self, ladder: Silence) -> Self:
        """A new call with this ladder, and the caller not connected yet."""
        return type(self)(ladder, active=False)

    @staticmethod
    def listens(at: float) -> At:
        """The agent stopped speaking."""
        return at, AgentStateChanged("listening", since=at)

    @staticmethod
    def speaks(at: float, until: float, speech: str = "") -> list[At]:
        """The agent speaks; a speech id means that the agent's code started the speech."""
        return [
            (at, AgentStateChanged("speaking", since=at, speech=speech)),
            (until, AgentStateChanged("listening", since=until)),
        ]

    @staticmethod
    def sound(at: float, until: float) -> list[At]:
        """The VAD reports a sound, and the end of the sound half a second late."""
        return [
            (at, CallerStateChanged("speaking", since=at)),
            (until + 0.5, CallerStateChanged("listening", since=until)),
        ]

    @staticmethod
    def words(at: float, text: str = "I am here", *, final: bool = True) -> At:
        return at, TranscriptReceived(text, final=final)

    def run(self, facts: Iterable[At], *, until: float) -> list[tuple[float, Decision]]:
        """Return the decisions in this time span, without notes; times count from the start."""
        before = len(self.log)
        for at, fact in sorted(facts, key=lambda pair: pair[0]):
            self._wait(self.start + at)
            self._tell(_moved(fact, self.start), self.start + at)
        self._wait(self.start + until)
        return [(at, decision) for at, decision in self.log[before:] if not isinstance(decision, Note)]

    @property
    def notes(self) -> list[tuple[float, str]]:
        return [(at, decision.why) for at, decision in self.log if isinstance(decision, Note)]

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
        self.log += [(round(now - self.start, 6), decision) for decision in self.climber.handle(fact, now)]


def _moved(fact: Fact, by: float) -> Fact:
    match fact:
        case AgentStateChanged(since=since):
            return replace(fact, since=since + by)
        case CallerStateChanged(state=heard_as, since=since):
            return CallerStateChanged(heard_as, since=since + by)
    return fact


@pytest.fixture
def call() -> Climb:
    return Climb()
