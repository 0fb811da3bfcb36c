"""What the dev parent knows about its worker, for whoever wants to be told of changes, from any thread."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

__all__ = ["News", "WorkerState", "once"]

REGISTERED: Final = b"registered worker"  # livekit's own log lines
RETRYING: Final = b"failed to connect to livekit, retrying"
AGENT_NAME: Final = re.compile(rb'"agent_name": ("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The worker at this moment; `broken` has the files that cannot be compiled, each with what is wrong."""

    phase: Literal["starting", "ready", "lost", "stopping"] = "starting"
    agent: str = ""
    broken: Mapping[str, str] = field(default_factory=dict)


class News:
    """The state of one worker, read from its output and from the watched code."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # stopping() runs in a signal handler, maybe of the thread that holds it
        self._listeners: list[Callable[[], object]] = []
        self.state = WorkerState()

    @contextmanager
    def told(self, listener: Callable[[], object]) -> Iterator[None]:
        """Call `listener` after every change while the block lasts, in the thread that brought the change."""
        with self._lock:
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def printed(self, line: bytes) -> None:
        """The worker printed this line."""
        if REGISTERED in line:
            found = AGENT_NAME.search(line)
            self._change(phase="ready", agent=json.loads(found[1]) if found else "")
        elif RETRYING in line and self.state.phase == "ready":
            self._change(phase="lost")

    def compiled(self, file: str, wrong: str | None) -> None:
        """A file was changed; `wrong` says why it cannot be compiled."""
        others = {name: text for name, text in self.state.broken.items() if name != file}
        self._change(broken={**others, file: wrong} if wrong else others)

    def stopping(self) -> None:
        """The worker was asked to end."""
        self._change(phase="stopping")

    def _change(self, **changes: Any) -> None:
        with self._lock:
            self.state = replace(self.state, **changes)
            listeners = list(self._listeners)
        for listener in listeners:
            listener()


def once(come: Callable[[], bool], act: Callable[[], object]) -> Callable[[], None]:
    """A listener that acts the first time that something has come."""
    done = threading.Lock()

    def listener() -> None:
        if come() and done.acquire(blocking=False):
            act()

    return listener
