"""An event loop with virtual time: the clock stands still during work, and jumps when every task waits.

Work is everything whose duration the loop cannot know: jobs in executors (where models compute), threads that a
callback of the loop has started, and sockets that are ready. Work takes no virtual time, even on a busy machine, so the
same run gives the same times. `clocks.py` makes Python's clocks, such as `time.time()`, follow the clock of this loop.
"""

import asyncio
import functools
import math
import socket
from asyncio import TimerHandle
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple, Unpack

from offhook.testing.virtual.places import waiting
from offhook.testing.virtual.selector import JumpingSelector
from offhook.testing.virtual.threads import Threads
from offhook.testing.virtual.watchdog import LONGEST, PATIENCE, Watchdog
from offhook.testing.virtual.workers import Workers

__all__ = ["VirtualLoop"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

STARTS_AT = 1_000.0
"""The start value of the clock; not 0, because some programs use 0 as "never"."""
_TICK = 1e-6
"""Seconds that each `read()` adds to the clock. Steps below 2.4e-7 s would not change a float that holds today's
Unix time.
"""
_MAX_DUE = 4_096
"""When the loop stores more due times of timers than this, it removes those that have passed."""
_RESOLUTION = 1e-9
"""The clock resolution that asyncio assumes, in seconds."""
_READS_PER_CHECK = 256
"""Each time the clock has been read this often, the watchdog checks for progress. Without this check, code that blocks
the loop and reads the clock again and again would never be aborted.
"""


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` returns the virtual time, which starts at `STARTS_AT`; `read()` returns a little more at each call.

    `patience`: the real seconds that the clock may stand still. `longest`: the virtual seconds that a run may last.
    Beyond either limit, the run is aborted. `grace`: the real seconds that a connected peer outside of this loop has to
    send data before each jump of the clock. Such a peer is another process, or a server in another thread. `inline`:
    prefixes of module names. Executor jobs from these modules only compute, so the loop runs them at once, without a
    thread.
    """

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        longest: float = LONGEST,
        grace: float = 0.005,
        inline: Sequence[str] = (),
    ) -> None:
        self._inline = tuple(inline)
        self._now = STARTS_AT
        self._shown = STARTS_AT
        self._due: dict[float, None] = {}
        self.working = 0
        self.jumps = self._reads = 0
        self.coarse = False
        """True after about 50 days of virtual time. From then on, asyncio may miss due timers, because a float has no
        steps that are much smaller than asyncio's clock resolution.
        """
        self.threads = Threads()
        self.watchdog = Watchdog(self, patience=patience, longest=longest)
        self._workers = Workers()
        self.local_addresses: set[object] = set()
        """Local addresses of the connections that this loop has opened."""
        super().__init__(JumpingSelector(self, self.watchdog, grace=grace))

    def time(self) -> float:
        self._reads += 1
        if not self._reads % _READS_PER_CHECK:
            self.watchdog.on_step()
        return self._now

    def read(self) -> float:
        """Return the virtual time, a little later at each call, so that time stamps show the order in which they were
        read.
        """
        self._shown = max(self._now, self._shown + _TICK)
        self._reads += 1
        if not self._reads % _READS_PER_CHECK:
            self.watchdog.on_step()
        return self._shown

    def jump(self, seconds: float) -> None:
        """Move the clock forward. The selector calls this method when nothing can happen before the next timer."""
        self._now = max(self._now + seconds, math.nextafter(self._now, math.inf))
        self.jumps += 1
        self.coarse = math.ulp(self._now) > _RESOLUTION / 2
        self.watchdog.on_jump()

    def run_forever(self) -> None:
        self.watchdog.start()
        super().run_forever()
        self.watchdog.finish()

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> TimerHandle:
        """As in asyncio, but timers with the same due time run in the order in which they were set."""
        when, due = max(float(when), self._now), self._due
        while when in due:
            when = math.nextafter(when, math.inf)
        if len(due) > _MAX_DUE:
            due = self._due = {one: None for one in due if one >= self._now}
        due[when] = None
        return super().call_at(when, callback, *args, context=context)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> "asyncio.Future[T]":
        """As in asyncio, but the clock stands still until the job is done."""
        if self._inline and _module(func).startswith(self._inline):
            return self._run_inline(func, *args)
        self.working += 1

        def done(_: object) -> None:
            self.working -= 1

        try:
            future = super().run_in_executor(executor or self._workers, func, *args)
        except BaseException:
            self.working -= 1
            raise
        future.add_done_callback(done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002  # asyncio's signature
        """Wait for all remaining jobs, also for jobs that no task awaits. After an aborted run, return at once."""
        self._workers.shutdown()
        if not self.watchdog.stuck and (left := self._workers.running):
            self.working += 1
            await asyncio.wait([asyncio.wrap_future(future) for future in left])
            self.working -= 1

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        await super().sock_connect(sock, address)
        self.local_addresses.add(sock.getsockname())

    def _run_inline(self, func: Callable[[Unpack[Ts]], T], *args: *Ts) -> "asyncio.Future[T]":
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  # the task that awaits the job gets the error
            future.set_exception(error)
        return future

    def pending(self) -> str:
        """Return the unfinished tasks and the code lines at which they wait: one task per line, at most 13 lines."""
        return waiting(self)


def _module(func: object) -> str:
    """Return the module name of a job's function; if the function has none, the module name of its object's type."""
    if isinstance(func, functools.partial):  # `asyncio.to_thread` makes `partial(context.run, func)`
        func = func.args[0] if func.args else func.func
    owner = getattr(func, "__self__", None)
    return getattr(func, "__module__", None) or type(owner if owner is not None else func).__module__ or ""
