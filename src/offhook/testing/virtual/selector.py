"""Decides, whenever a loop has nothing to do, whether somebody still works or the clock may jump."""

import os
import selectors
import socket
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offhook.testing.virtual.guard import Guard
    from offhook.testing.virtual.loop import VirtualLoop

__all__ = ["JumpingSelector"]

_SLICE = 0.5
_SHORT = 0.001
_QUIET = 1.0
"""Real seconds that a thread which we know nothing of gets, when nobody else can go on."""
_LOOK = 16
"""A loop without sockets looks this rarely for what other threads want, as long as it has callbacks to run."""
_real = time.monotonic
"""Taken before anybody can patch it."""


class JumpingSelector(selectors.BaseSelector):
    """A selector that never sleeps for a timer; `loop` says who works, and has its clock moved."""

    def __init__(self, loop: "VirtualLoop", guard: "Guard", *, grace: float) -> None:
        self._loop, self._guard = loop, guard
        self._grace = grace
        self._files = selectors.DefaultSelector()
        self._changed = True
        self._strangers = False
        self._alone = True
        self._spins = 0

    def register(self, fileobj, events, data=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # selectors'
        self._changed = True
        key = self._files.register(fileobj, events, data)
        self._alone = len(self._files.get_map()) <= 1  # the loop's own pipe
        return key

    def unregister(self, fileobj):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # selectors' own signature
        self._changed = True
        key = self._files.unregister(fileobj)
        self._alone = len(self._files.get_map()) <= 1
        return key

    def modify(self, fileobj, events, data=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # selectors'
        return self._files.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._files.get_map()

    def close(self) -> None:
        self._files.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; with nothing ready and nobody at work, the clock jumps by `timeout`."""
        if self._guard.verdict is not None:
            raise self._guard.verdict
        if timeout is not None and timeout <= 0:
            return self._glance()
        working = self._working()  # asked before the look: what a thread does last is seen by it
        if ready := self._files.select(0):
            self._guard.stepped()
            return ready
        if working:
            return self._wait_for_work()
        if self._reaches_out() and (ready := self._files.select(self._grace)):
            self._guard.stepped()
            return ready
        if timeout is None:
            return self._wait_for_anything()
        self._loop.jump(timeout)
        return []

    def _glance(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Callbacks are ready already."""
        if self._alone and not self._loop.coarse:
            self._spins += 1
            if self._spins % _LOOK:
                return []  # only another thread could have put something beside them
        ready = self._files.select(0)
        if self._loop.coarse and not ready:
            self._loop.jump(0.0)
        else:
            self._guard.stepped()
        return ready

    def _working(self) -> bool:
        return self._loop.working > 0 or self._loop.threads.busy()

    def _wait_for_work(self) -> list[tuple[selectors.SelectorKey, int]]:
        began = _real()
        while self._working():
            if ready := self._files.select(_SLICE if not self._loop.threads.busy() else _SHORT):
                self._guard.stepped()
                return ready
            self._guard.worked(began)
        return []

    def _wait_for_anything(self) -> list[tuple[selectors.SelectorKey, int]]:
        """No timer is set: only a stranger can wake us."""
        patience = self._guard.patience
        if ready := self._files.select(patience if self._reaches_out() else min(patience, _QUIET)):
            return ready
        raise self._guard.waited()

    def _reaches_out(self) -> bool:
        """Whether a socket of this loop is connected to anybody outside of it."""
        if self._changed:
            self._changed = False
            sockets = [key.fileobj for key in self._files.get_map().values()]
            self._strangers = _foreign(sockets, self._loop.callers)
        return self._strangers


def _foreign(files: Iterable[Any], callers: Iterable[object]) -> bool:
    """Whether any of them is connected to an address that is not ours: not of these, and not connected from here."""
    names: list[tuple[object, object]] = []
    for file in files:
        number = file if isinstance(file, int) else file.fileno()
        try:
            with socket.socket(fileno=os.dup(number)) as twin:
                if twin.family in (socket.AF_INET, socket.AF_INET6):
                    names.append((twin.getsockname(), twin.getpeername()))
        except OSError:  # a listener, a pipe, or half a connection: nobody to wait for
            continue
    ours = {own for own, _ in names}.union(callers)  # a connection that nobody reads from is not among the files
    return any(peer not in ours for _, peer in names)
