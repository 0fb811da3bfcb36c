"""Draws the silence ladder: the real policy in three scenes."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from docs._make.rehearse import Line, Scene, play

from offhook.core.facts import CallerStateChanged, Fact, TranscriptReceived
from offhook.core.ladder import Silence
from offhook.core.steps import goodbye, say
from offhook.reports.svg import band, line, picture, text

__all__ = ["LADDER", "SCENES", "ladder_picture"]

LADDER = Silence(say("Are you there?", after=6), say("Shall I call back?", after=4), goodbye("Bye!", after=4), hold=3)
LEFT, SECOND, ROW, TOP = 30, 29.5, 124, 66


def _noise(*moments: tuple[float, float]) -> Iterator[tuple[float, Fact]]:
    for began, ended in moments:
        yield began, CallerStateChanged("speaking", since=began)
        yield ended, CallerStateChanged("listening", since=ended)


def _words(began: float, ended: float, words: str) -> Iterator[tuple[float, Fact]]:
    yield from _noise((began, ended))
    yield ended + 0.3, TranscriptReceived(words, final=True)


SCENES = (
    Scene("The caller is silent"),
    Scene("Fan noise: noise delays each step, for a limited time", tuple(_noise((7.0, 30.0)))),
    Scene("Words reset the ladder to the first step", tuple(_words(10.5, 11.7, "I am here"))),
)


def ladder_picture() -> str:
    """Draw one row per scene, on one time axis."""
    body = [text(LEFT, 36, _described(), color="dim", size=13, mono=True)]
    for number, scene in enumerate(SCENES):
        body += _row(scene, play(scene, LADDER), TOP + number * ROW)
    return picture("The silence ladder in three scenes", 960, TOP + len(SCENES) * ROW + 40, [*body, *_axis()])


def _described() -> str:
    steps = ", ".join(f'{step.kind}("{step.text}", after={step.after:g})' for step in LADDER.steps)
    return f"Silence({steps}, hold={LADDER.hold:g})"


def _row(scene: Scene, lines: Sequence[Line], y: float) -> Iterator[str]:
    yield text(LEFT, y + 16, scene.title, weight=600)
    yield line(f"M{LEFT} {y + 58}H930")
    yield from _sounds(scene, lines[-1].ended, y)
    for before, after in pairwise(lines):
        since = max([before.ended, *(ended for ended in _word_ends(scene) if ended < after.began)])
        yield from _waited(since, since + LADDER.steps[after.step - 1].after, after.began, y)
    for one in lines:
        yield band(_x(one.began), y + 48, (one.ended - one.began) * SECOND, 20, color="green")
        yield text(_x(one.began), y + 88, one.text, color="green", size=13)


def _waited(since: float, due: float, began: float, y: float) -> Iterator[str]:
    """Draw the wait that a step defines, and the additional wait caused by noise."""
    yield band(_x(since), y + 46, (due - since) * SECOND, 24, color="amber", faint=True)
    yield text(_x((since + due) / 2), y + 40, f"{due - since:.0f} s", color="amber", anchor="middle", size=13)
    if began - due > 0.05:
        yield band(_x(due), y + 46, (began - due) * SECOND, 24, color="violet", faint=True)
        words = f"held {began - due:.0f} s"
        yield text(_x((due + began) / 2), y + 40, words, color="violet", anchor="middle", size=13)


def _sounds(scene: Scene, until: float, y: float) -> Iterator[str]:
    """Draw the caller's audio: words in blue, noise as a dim line."""
    began = 0.0
    for at, fact in scene.facts:
        if isinstance(fact, CallerStateChanged) and fact.state == "speaking":
            began = at
        elif isinstance(fact, CallerStateChanged):
            words = next((one.text for _, one in scene.facts if isinstance(one, TranscriptReceived)), "")
            wide = (min(at, until) - began) * SECOND
            yield band(_x(began), y + (48 if words else 72), wide, 20 if words else 4, color="cyan" if words else "dim")
            yield text(
                _x(began), y + (40 if words else 92), words or "noise", color="cyan" if words else "dim", size=13
            )


def _word_ends(scene: Scene) -> list[float]:
    if not any(isinstance(fact, TranscriptReceived) for _, fact in scene.facts):
        return []
    return [at for at, fact in scene.facts if isinstance(fact, CallerStateChanged) and fact.state == "listening"]


def _axis() -> Iterator[str]:
    y = TOP + len(SCENES) * ROW
    yield line(f"M{LEFT} {y}H930")
    for second in range(0, 31, 5):
        yield line(f"M{_x(second):g} {y}v5", color="dim")
        yield text(_x(second), y + 22, f"{second} s", color="dim", anchor="middle" if second else "start", size=13)


def _x(second: float) -> float:
    return LEFT + second * SECOND
