"""An event loop whose time is a number: it stands still while work is done, and jumps when all that is left is to wait.

Work is whatever the loop cannot see the end of in advance: jobs in executors (models compute there), threads that a
callback of the loop has started, and sockets that are ready. None of it costs virtual time, however busy the machine
is, so the same run gives the same times.
"""

import asyncio
import functools
import math
import os
import socket
from asyncio import TimerHandle
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple, Unpack

from offhook.testing.virtual.guard import LONGEST, PATIENCE, Guard
from offhook.testing.virtual.selector import JumpingSelector
from offhook.testing.virtual.threads import Threads
from offhook.testing.virtual.workers import Workers

__all__ = ["VirtualLoop"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

STARTS_AT = 1_000.0
"""Where the clock of a new loop stands; not 0, because programs take 0 for "never"."""
_TICK = 1e-6
"""A float that holds today's Unix time cannot tell less than 2.4e-7 s."""
_FORGET = 4_096
_RESOLUTION = 1e-9
"""What asyncio takes for the resolution of its clock."""
_NOWHERE = "an unknown place"
_LOOKS = 256
"""Who looks at the clock so often may wait for it, with the loop held up: then it is seen how long that lasts."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` is seconds since `STARTS_AT`; `read()` is the same clock for programs that expect it to move.

    `patience` are the real seconds that it may stand still, and `longest` the virtual ones that it may run, before the
    run is given up; `grace` the real seconds that a peer outside of this loop (another process, another thread's
    server) gets to answer before each jump. Executor jobs from modules that start with one of `inline` are pure
    computing and run at once, which spares two changes of threads.
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
        self.jumps = self._looks = 0
        self.coarse = False
        """Whether the clock has run for so long (50 days) that asyncio cannot tell that a timer is due."""
        self.threads = Threads()
        self.guard = Guard(self, patience=patience, longest=longest)
        self._workers = Workers()
        self.callers: set[object] = set()
        """Addresses from which this loop has connected to anybody."""
        super().__init__(JumpingSelector(self, self.guard, grace=grace))

    def time(self) -> float:
        self._looks += 1
        if not self._looks % _LOOKS:
            self.guard.stepped()
        return self._now

    def read(self) -> float:
        """The time, a little later with each look: what is written down in order stays in order."""
        self._shown = max(self._now, self._shown + _TICK)
        self._looks += 1
        if not self._looks % _LOOKS:
            self.guard.stepped()
        return self._shown

    def jump(self, seconds: float) -> None:
        """Move the clock; for the selector, when nothing else can happen."""
        self._now = max(self._now + seconds, math.nextafter(self._now, math.inf))
        self.jumps += 1
        self.coarse = math.ulp(self._now) > _RESOLUTION / 2
        self.guard.jumped()

    def run_forever(self) -> None:
        self.guard.starts()
        super().run_forever()
        self.guard.ends()

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> TimerHandle:
        """As asyncio's, but timers that are due at the same moment run in the order they were set."""
        when, due = max(float(when), self._now), self._due
        while when in due:
            when = math.nextafter(when, math.inf)
        if len(due) > _FORGET:
            due = self._due = {one: None for one in due if one >= self._now}
        due[when] = None
        return super().call_at(when, callback, *args, context=context)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> "asyncio.Future[T]":
        """As asyncio's; the clock stands still until the job is done."""
        if self._inline and _home(func).startswith(self._inline):
            return self._done(func, *args)
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

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109, ARG002  # asyncio's
        """Wait for jobs that nobody waits for any more; not after a run that was given up."""
        self._workers.shutdown()
        if not self.guard.stuck and (left := self._workers.running):
            self.working += 1
            await asyncio.wait([asyncio.wrap_future(future) for future in left])
            self.working -= 1

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        await super().sock_connect(sock, address)
        self.callers.add(sock.getsockname())

    def _done(self, func: Callable[[Unpack[Ts]], T], *args: *Ts) -> "asyncio.Future[T]":
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  # it belongs to whoever awaits the job
            future.set_exception(error)
        return future

    def pending(self) -> str:
        """What everybody waits for, one line a task."""
        running = asyncio.current_task(self)
        lines = [
            _waiting(task) + (", which runs" if task is running else "")
            for task in asyncio.all_tasks(self)
            if not task.done()
        ]
        return "\n".join(sorted(lines)) or "no task at all"


def _home(func: object) -> str:
    """The module a job comes from; for what is bound or native, the one of its object."""
    if isinstance(func, functools.partial):  # asyncio.to_thread: a context's run, and what it shall run
        func = func.args[0] if func.args else func.func
    owner = getattr(func, "__self__", None)
    return getattr(func, "__module__", None) or type(owner if owner is not None else func).__module__ or ""


def _waiting(task: "asyncio.Task[Any]") -> str:
    """The task, and the innermost place in it that is not asyncio's own."""
    inner: Any = task.get_coro()
    where = _NOWHERE
    while (frame := getattr(inner, "cr_frame", None)) is not None:
        if where == _NOWHERE or f"{os.sep}asyncio{os.sep}" not in frame.f_code.co_filename:
            where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        inner = inner.cr_await
    return f"  {task.get_name()} at {where}"
