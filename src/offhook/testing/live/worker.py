"""Runs a real worker in separate processes while a `with` block lasts, for tests on a real server."""

import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from offhook.core.errors import OffhookError
from offhook.dev.spawn import kill_group, spawn
from offhook.dev.worker_command import start_command

__all__ = ["Worker", "running_worker"]

_REGISTERED = "registered worker"
_START_TIMEOUT = 60.0


class Worker:
    """The worker's main process and its output so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._new_lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="worker output", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            text = line.decode(errors="replace").rstrip("\n")
            self.lines.append(text)
            self._new_lines.put(text)
        self._new_lines.put(None)

    def wait_for(self, text: str, *, timeout: float = _START_TIMEOUT) -> str:
        """Wait until the worker prints a line with this text and return the line.

        Lines that the worker printed before this method was called count too.
        """
        deadline = time.monotonic() + timeout
        for line in list(self.lines):
            if text in line:
                return line
        while (left := deadline - time.monotonic()) > 0:
            try:
                line_or_end = self._new_lines.get(timeout=left)
            except queue.Empty:
                break
            if line_or_end is None:
                raise OffhookError(f"the worker ended without printing {text!r}; its output:\n{self.tail()}")
            if text in line_or_end:
                return line_or_end
        raise OffhookError(f"the worker did not print {text!r} within {timeout:g} s; its output:\n{self.tail()}")

    def tail(self, count: int = 30) -> str:
        """Return the last lines of the output, for an error text."""
        return "\n".join(self.lines[-count:])

    def stop(self, number: int = signal.SIGTERM, *, timeout: float = 40.0) -> int:
        """Send one signal, wait for the process to exit and return the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(timeout)
        self._reader.join(5)
        return code


@contextmanager
def running_worker(
    agent_file: Path, environ: Mapping[str, str], *options: str, registered: bool = True, by_livekit: bool = False
) -> Iterator[Worker]:
    """Run `agent_file` as in production, and kill the worker's processes at the end.

    By default (`registered`), the block begins when the worker is registered.

    `environ` is the whole environment of the worker, with LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET. With
    `by_livekit`, LiveKit's own command starts the worker.
    """
    stock = [sys.executable, "-m", "livekit.agents", "start", str(agent_file), *options]
    command = stock if by_livekit else start_command(agent_file, options)
    process = spawn(command, environ={**environ, "PYTHONUNBUFFERED": "1"}, output=subprocess.PIPE)
    worker = Worker(process)
    try:
        if registered:
            worker.wait_for(_REGISTERED)
        yield worker
    finally:
        kill_group(process)
        process.wait()
