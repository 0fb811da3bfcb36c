"""Runs the real silence policy through a few scenes, so that the picture shows the policy's real behaviour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from offhook.core.decisions import EndCall, Say
from offhook.core.facts import AgentStateChanged, CallerFound, Fact, LinePlayed, Planned, Tick
from offhook.core.ladder import Silence
from offhook.policies.silence.policy import TAG, SilencePolicy

__all__ = ["Line", "Scene", "play"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the agent from second `began` to second `ended`. `step` is the ladder step, or 0 for the greeting."""

    began: float
    ended: float
    text: str
    step: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """The caller's actions, as facts with times in seconds. The greeting ends at `greeted`, the scene at `until`."""

    title: str
    facts: Sequence[tuple[float, Fact]] = field(default_factory=tuple)
    greeted: float = 2.0
    until: float = 30.0


def play(scene: Scene, ladder: Silence, *, spoken: float = 1.5) -> list[Line]:
    """Return the agent's lines in this scene. Each line of the ladder takes `spoken` seconds."""
    policy, lines, step = SilencePolicy(), [Line(0, scene.greeted, "Hello.")], 0
    policy.handle(CallerFound("caller", phone=False, active=True), 0)
    policy.handle(Planned(silence=ladder), 0)
    policy.handle(AgentStateChanged("speaking", since=0), 0)
    todo = [(scene.greeted, AgentStateChanged("listening", since=scene.greeted)), *scene.facts]
    while (moment := _next(todo, policy.deadline)) is not None and moment[0] <= scene.until:
        now, fact = moment
        decisions = policy.handle(fact, now)
        for text in _spoken(decisions):
            step = next(number for number, one in enumerate(ladder.steps, 1) if one.text == text)
            lines.append(Line(now, now + spoken, text, step))
            todo = [*todo, *_said(now, now + spoken)]
        if any(isinstance(decision, EndCall) for decision in decisions):
            break
    return lines


def _next(todo: list[tuple[float, Fact]], deadline: float | None) -> tuple[float, Fact] | None:
    todo.sort(key=lambda one: one[0])
    if todo and (deadline is None or todo[0][0] <= deadline):
        return todo.pop(0)
    return (deadline, Tick()) if deadline is not None else None


def _spoken(decisions: Sequence[object]) -> Iterator[str]:
    for decision in decisions:
        if isinstance(decision, Say):
            yield decision.text
        elif isinstance(decision, EndCall):
            yield decision.goodbye or ""


def _said(began: float, ended: float) -> Iterator[tuple[float, Fact]]:
    yield began, AgentStateChanged("speaking", since=began)
    yield ended, AgentStateChanged("listening", since=ended)
    yield ended, LinePlayed(TAG)
