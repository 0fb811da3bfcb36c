"""The state of the worker that `dev` runs. Any thread can read or change the state, and subscribe to its changes."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

__all__ = ["WorkerState", "WorkerStatus", "once"]

REGISTERED: Final = b"registered worker"  # this text and the next one are in LiveKit's log lines
RETRYING: Final = b"failed to connect to livekit, retrying"
AGENT_NAME: Final = re.compile(rb'"agent_name": ("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The current state of the worker. `broken` maps each file that cannot be compiled to its error."""

    phase: Literal["starting", "ready", "lost", "stopping"] = "starting"
    agent: str = ""
    broken: Mapping[str, str] = field(default_factory=dict)


class WorkerStatus:
    """The state of one worker, according to its output and to the code watcher."""

    def __init__(self) -> None:
        # A reentrant lock, because on_stopping() runs in a signal handler, maybe in the thread that holds the lock.
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], object]] = []
        self.state = WorkerState()

    @contextmanager
    def subscribed(self, listener: Callable[[], object]) -> Iterator[None]:
        """Call `listener` after every change while the block runs, in the thread that made the change."""
        with self._lock:
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def on_output(self, line: bytes) -> None:
        """Update the state from a line of the worker's output."""
        if REGISTERED in line:
            found = AGENT_NAME.search(line)
            self._change(phase="ready", agent=json.loads(found[1]) if found else "")
        elif RETRYING in line and self.state.phase == "ready":
            self._change(phase="lost")

    def on_compiled(self, file: str, error: str | None) -> None:
        """Store whether a changed file can be compiled. `error` says why the file cannot be compiled, or is None."""
        others = {name: text for name, text in self.state.broken.items() if name != file}
        self._change(broken={**others, file: error} if error else others)

    def on_stopping(self) -> None:
        """Set the phase to "stopping"."""
        self._change(phase="stopping")

    def _change(self, **changes: Any) -> None:
        with self._lock:
            self.state = replace(self.state, **changes)
            listeners = list(self._listeners)
        for listener in listeners:
            listener()


def once(condition: Callable[[], bool], action: Callable[[], object]) -> Callable[[], None]:
    """Return a listener that runs `action` once: at the first call of the listener for which `condition` is true."""
    done = threading.Lock()

    def listener() -> None:
        if condition() and done.acquire(blocking=False):
            action()

    return listener
