"""Supervises a dev worker until it ends: its output, its code files, and the signals that stop it."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO, BinaryIO, Final

from offhook.dev.code_watch import watch_code
from offhook.dev.spawn import kill_group
from offhook.dev.worker_status import WorkerStatus, once

__all__ = ["supervise_worker"]

STOP_TIMEOUT: Final = 30.0  # running calls need time to end with a goodbye
OUTPUT_TIMEOUT: Final = 2.0
POLL_INTERVAL: Final = 0.5
"""Seconds of one wait for the worker. If a signal arrives just before a wait begins, Python handles the signal only
when the wait ends. Therefore each wait is short.
"""
READY: Final = "Ready. Call the agent with `make call` (or: offhook call); Ctrl-C ends it."

Say = Callable[[str], None]


def supervise_worker(
    child: subprocess.Popen[bytes],
    folder: Path,
    *,
    say: Say,
    out: BinaryIO,
    status: WorkerStatus | None = None,
    ready: str = READY,
) -> int:
    """Copy the worker's output and watch its code files until the worker ends. Return the exit code for `dev`.

    `status` gets every change of the worker's state; `ready` is the line to print when the worker can take calls.
    """
    if child.stdout is None:
        raise TypeError("the worker's output must be a pipe")
    status = status or WorkerStatus()
    shutdown = _Shutdown(child, say, status)
    stop = threading.Event()
    output = threading.Thread(target=_copy_output, args=(child.stdout, out, status), name="worker output", daemon=True)
    options = {"stop": stop, "on_change": status.on_compiled}
    watcher = threading.Thread(target=watch_code, args=(folder, say), kwargs=options, name="code watcher")
    with shutdown.on_signals(), status.subscribed(once(lambda: status.state.phase == "ready", lambda: say(ready))):
        output.start()
        watcher.start()
        try:
            code = _wait(child)
        finally:
            stop.set()
            watcher.join()
    kill_group(child)  # processes that the worker started may still run and keep the pipe open
    output.join(OUTPUT_TIMEOUT)
    if shutdown.forced or (shutdown.requested and code == 0):
        return int(shutdown.forced)
    when = "during the shutdown" if shutdown.requested else "unexpectedly"
    say(f"the worker ended {when} ({_exit_text(code)}); see its last lines above")
    return code if code > 0 else 1


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Return the exit code of a child process. The function waits in short steps: see `POLL_INTERVAL`."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            return child.wait(POLL_INTERVAL)


def _exit_text(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _copy_output(source: IO[bytes], out: BinaryIO, status: WorkerStatus) -> None:
    """Copy the worker's output unchanged, colours included; `status` reads each line."""
    for line in source:
        out.write(line)
        out.flush()
        status.on_output(line)


class _Shutdown:
    """Stops the worker at a signal.

    At the first signal, this class sends SIGTERM to the worker. It never sends a second SIGTERM, because the worker
    would then drop the running calls. At the second signal, or after `STOP_TIMEOUT` seconds, this class kills the
    worker and its calls.
    """

    def __init__(self, child: subprocess.Popen[bytes], say: Say, status: WorkerStatus) -> None:
        self._child = child
        self._say = say
        self._status = status
        self.requested = False
        self.forced = False

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """While the block runs, stop the worker at SIGINT, SIGTERM or SIGHUP."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._signalled) for number in numbers}
        timer = self._timer = threading.Timer(STOP_TIMEOUT, self._force)
        timer.daemon = True
        try:
            yield
        finally:
            timer.cancel()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _signalled(self, _number: int, _frame: FrameType | None) -> None:
        if self._child.returncode is not None or self.forced:
            return
        if self.requested:
            self._force()
            return
        self.requested = True
        self._child.terminate()  # SIGTERM, because LiveKit's worker ignores SIGINT while it starts a process
        self._timer.start()
        self._status.on_stopping()
        self._say("stopping: the running calls end with a goodbye; press Ctrl-C again to force the stop")

    def _force(self) -> None:
        self.forced = True
        kill_group(self._child)
        self._say("the worker and its calls were killed")
