"""Plays the silence policy itself through a few scenes, so that its picture shows what it really does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from offhook.core.facts import AgentTurned, Fact, Planned, Spoken, Tick
from offhook.core.ladder import Silence
from offhook.core.wishes import EndCall, Say
from offhook.policies.silence import TAG, Climber

__all__ = ["Line", "Scene", "play"]


@dataclass(frozen=True, slots=True)
class Line:
    """The agent said something from `began` to `ended`; the `step` of the ladder that made it, 0 for none."""

    began: float
    ended: float
    text: str
    step: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """What the caller does, as facts with their times, after a greeting that ends at `greeted`."""

    title: str
    facts: Sequence[tuple[float, Fact]] = field(default_factory=tuple)
    greeted: float = 2.0
    until: float = 30.0


def play(scene: Scene, ladder: Silence, *, spoken: float = 1.5) -> list[Line]:
    """What the agent says in this scene; a line of the ladder takes `spoken` seconds."""
    climber, lines, step = Climber(), [Line(0, scene.greeted, "Hello.")], 0
    climber.handle(Planned(silence=ladder), 0)
    climber.handle(AgentTurned("speaking", since=0), 0)
    todo = [(scene.greeted, AgentTurned("listening", since=scene.greeted)), *scene.facts]
    while (moment := _next(todo, climber.deadline)) is not None and moment[0] <= scene.until:
        now, fact = moment
        wishes = climber.handle(fact, now)
        for text in _spoken(wishes):
            step = next(number for number, one in enumerate(ladder.steps, 1) if one.text == text)
            lines.append(Line(now, now + spoken, text, step))
            todo = [*todo, *_said(now, now + spoken)]
        if any(isinstance(wish, EndCall) for wish in wishes):
            break
    return lines


def _next(todo: list[tuple[float, Fact]], deadline: float | None) -> tuple[float, Fact] | None:
    todo.sort(key=lambda one: one[0])
    if todo and (deadline is None or todo[0][0] <= deadline):
        return todo.pop(0)
    return (deadline, Tick()) if deadline is not None else None


def _spoken(wishes: Sequence[object]) -> Iterator[str]:
    for wish in wishes:
        if isinstance(wish, Say):
            yield wish.text
        elif isinstance(wish, EndCall):
            yield wish.goodbye or ""


def _said(began: float, ended: float) -> Iterator[tuple[float, Fact]]:
    yield began, AgentTurned("speaking", since=began)
    yield ended, AgentTurned("listening", since=ended)
    yield ended, Spoken(TAG)
