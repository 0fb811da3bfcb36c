"""Decides, whenever a loop has nothing to do, whether somebody still works or the clock may jump."""

import os
import selectors
import socket
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from offhook.core.errors import OffhookError

if TYPE_CHECKING:
    from offhook.testing.virtual.loop import VirtualLoop

__all__ = ["JumpingSelector", "StuckError"]

_SLICE = 0.5
_SHORT = 0.001
_LOOK = 16
"""A loop without sockets looks this rarely for what other threads want, as long as it has callbacks to run."""
_real = time.monotonic
"""Taken before anybody can patch it."""


class StuckError(OffhookError):
    """Nothing can happen any more, and the loop would wait for ever."""


class JumpingSelector(selectors.BaseSelector):
    """A selector that never sleeps for a timer; `loop` says who works, and has its clock moved."""

    def __init__(self, loop: "VirtualLoop", *, patience: float, grace: float) -> None:
        self._loop = loop
        self._patience = patience
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
        if timeout is not None and timeout <= 0 and self._alone and not self._loop.coarse:
            self._spins += 1
            if self._spins % _LOOK:
                return []  # callbacks are ready, and only another thread could have put something beside them
        ready = self._files.select(0)
        if timeout is not None and timeout <= 0 and not ready and self._loop.coarse:
            self._loop.jump(0.0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self._loop.working or self._loop.threads.busy():
            return self._wait_for_work()
        if self._reaches_out() and (ready := self._files.select(self._grace)):
            return ready
        if timeout is None:
            return self._wait_for_anything()
        self._loop.jump(timeout)
        return []

    def _wait_for_work(self) -> list[tuple[selectors.SelectorKey, int]]:
        began = _real()
        while self._loop.working or self._loop.threads.busy():
            if ready := self._files.select(_SLICE if not self._loop.threads.busy() else _SHORT):
                return ready
            if _real() - began > self._patience:
                raise StuckError(
                    f"work in a thread has not ended within {self._patience:g} s of real time, so virtual time stands "
                    f"still; tasks that wait:\n{self._loop.pending()}"
                )
        return []

    def _wait_for_anything(self) -> list[tuple[selectors.SelectorKey, int]]:
        """No timer is set: only a stranger can wake us."""
        limit = self._patience if self._reaches_out() else 10 * self._grace
        if ready := self._files.select(limit):
            return ready
        raise StuckError(
            "everybody waits and nothing is due, so this would take for ever; give what is waited for a time limit, "
            f"or make it happen; tasks that wait:\n{self._loop.pending()}"
        )

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
