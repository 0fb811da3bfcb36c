"""Shows where the tasks of a loop wait."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from offhook.engine.code_place import is_library, short

__all__ = ["Place", "place_of", "waiting"]

_MOST = 12
_UNKNOWN = "an unknown location"


@dataclass(frozen=True, slots=True)
class Place:
    """The code line of a task, and whether the task waits or runs there."""

    task: str
    where: str
    own: bool
    """True if the task's stack has a line of the program's own code; False if the stack has only library code."""
    busy: bool
    """True if the task runs now, or waits in `asyncio.sleep(0)`."""

    def __str__(self) -> str:
        return f"  {self.task} at {self.where}"


def waiting(loop: asyncio.AbstractEventLoop) -> str:
    """List the unfinished tasks whose stack has the program's own code, busy tasks first. If there are no such tasks,
    list the unfinished tasks that are only in libraries.
    """
    running = asyncio.current_task(loop)
    places = sorted(
        (place_of(task, running=task is running) for task in asyncio.all_tasks(loop) if not task.done()), key=str
    )
    own = sorted((one for one in places if one.own), key=lambda one: not one.busy)
    shown = (own or places)[:_MOST]
    left = len(places) - len(shown)
    lines = [*map(str, shown), *([f"  and {left} more{', in libraries' if shown == own else ''}"] if left else [])]
    return "\n".join(lines) or "none"


def place_of(task: "asyncio.Task[Any]", *, running: bool = False) -> Place:
    """Return this task's innermost line in the program's own code. If there is none, return the innermost line outside
    of asyncio.
    """
    frames = [(code, line) for code, line in _frames(task.get_coro())]
    own = [one for one in frames if not is_library(one[0].co_filename)]
    outer = [one for one in frames if f"{os.sep}asyncio{os.sep}" not in one[0].co_filename]
    chosen = (own or outer or frames)[-1:]
    spins = bool(frames) and frames[-1][0].co_name == "__sleep0"  # `asyncio.sleep(0)`
    state = ", running" if running else ", again and again without a wait" if spins else ""
    for code, line in chosen:
        inside = f" in {code.co_name}" if own else ""
        return Place(task.get_name(), f"{short(code.co_filename)}:{line}{inside}{state}", bool(own), bool(state))
    return Place(task.get_name(), f"{_UNKNOWN}{state}", own=False, busy=bool(state))


def _frames(inner: Any) -> Iterator[tuple[CodeType, int]]:
    """Yield the code object and the line number of each coroutine in the chain of awaits, the outermost first."""
    while inner is not None:
        frame: FrameType | None = getattr(inner, "cr_frame", None) or getattr(inner, "gi_frame", None)
        if frame is None:
            return
        yield frame.f_code, frame.f_lineno
        inner = getattr(inner, "cr_await", None) or getattr(inner, "gi_yieldfrom", None)
