"""Decides for an idle loop whether to wait for work in progress or to let the clock jump."""

import os
import selectors
import socket
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offhook.testing.virtual.loop import VirtualLoop
    from offhook.testing.virtual.watchdog import Watchdog

__all__ = ["JumpingSelector"]

_SLICE = 0.5
_SHORT = 0.001
_QUIET = 1.0
"""Real seconds to wait for a thread that the loop does not track, when every task waits and no timer is set."""
_STEPS_PER_POLL = 16
"""A busy loop without sockets checks only in every 16th step whether another thread has scheduled a callback."""
_real = time.monotonic
"""The real clock, captured before any patch."""


class JumpingSelector(selectors.BaseSelector):
    """Does not wait for timers: if no work is in progress, the selector moves the clock of `loop` to the next timer."""

    def __init__(self, loop: "VirtualLoop", watchdog: "Watchdog", *, grace: float) -> None:
        self._loop, self._watchdog = loop, watchdog
        self._grace = grace
        self._files = selectors.DefaultSelector()
        self._changed = True
        self._external_peers = False
        self._no_sockets = True
        self._spins = 0

    def register(self, fileobj, events, data=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # selectors'
        self._changed = True
        key = self._files.register(fileobj, events, data)
        self._no_sockets = len(self._files.get_map()) <= 1  # the loop itself registers one file
        return key

    def unregister(self, fileobj):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # selectors' own signature
        self._changed = True
        key = self._files.unregister(fileobj)
        self._no_sockets = len(self._files.get_map()) <= 1
        return key

    def modify(self, fileobj, events, data=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # selectors'
        return self._files.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._files.get_map()

    def close(self) -> None:
        self._files.close()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the ready files. If no file is ready and no work is in progress, move the clock by `timeout`."""
        if self._watchdog.failure is not None:
            raise self._watchdog.failure
        if timeout is not None and timeout <= 0:
            return self._poll()
        working = self._working()  # before `select`: a thread may send data and end between the two calls
        if ready := self._files.select(0):
            self._watchdog.on_step()
            return ready
        if working:
            return self._wait_for_work()
        if self._has_external_peer() and (ready := self._files.select(self._grace)):
            self._watchdog.on_step()
            return ready
        if timeout is None:
            return self._wait_for_anything()
        self._loop.jump(timeout)
        return []

    def _poll(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Check the files without waiting, because callbacks are ready."""
        if self._no_sockets and not self._loop.coarse:
            self._spins += 1
            if self._spins % _STEPS_PER_POLL:
                return []  # a poll could find only a callback from another thread
        ready = self._files.select(0)
        if self._loop.coarse and not ready:
            self._loop.jump(0.0)
        else:
            self._watchdog.on_step()
        return ready

    def _working(self) -> bool:
        return self._loop.working > 0 or self._loop.threads.busy()

    def _wait_for_work(self) -> list[tuple[selectors.SelectorKey, int]]:
        began = _real()
        while self._working():
            if ready := self._files.select(_SLICE if not self._loop.threads.busy() else _SHORT):
                self._watchdog.on_step()
                return ready
            self._watchdog.check_work(began)
        return []

    def _wait_for_anything(self) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for an external peer or an untracked thread: no timer is set, so nothing else can wake the loop."""
        patience = self._watchdog.patience
        if ready := self._files.select(patience if self._has_external_peer() else min(patience, _QUIET)):
            return ready
        raise self._watchdog.deadlock_error()

    def _has_external_peer(self) -> bool:
        """True if a socket of this loop is connected to a peer outside of the loop."""
        if self._changed:
            self._changed = False
            sockets = [key.fileobj for key in self._files.get_map().values()]
            self._external_peers = _any_external(sockets, self._loop.local_addresses)
        return self._external_peers


def _any_external(files: Iterable[Any], local_addresses: Iterable[object]) -> bool:
    """True if one of these files is a socket whose peer is neither one of these files nor in `local_addresses`."""
    connections: list[tuple[object, object]] = []
    for file in files:
        number = file if isinstance(file, int) else file.fileno()
        try:
            with socket.socket(fileno=os.dup(number)) as copy:
                if copy.family in (socket.AF_INET, socket.AF_INET6):
                    connections.append((copy.getsockname(), copy.getpeername()))
        except OSError:  # a listener, a pipe or an incomplete connection has no peer
            continue
    local = {own for own, _ in connections}.union(local_addresses)  # a paused connection is not in `files`
    return any(peer not in local for _, peer in connections)
