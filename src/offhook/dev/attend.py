"""Stay beside a worker until it ends: its output, the code it runs, the signals that end it."""

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, BinaryIO, Final

from offhook.dev.news import News, once
from offhook.dev.reload import watch_code
from offhook.dev.spawn import kill_group

__all__ = ["attend"]

PATIENCE: Final = 30.0  # running calls may say their goodbye
LAST_WORDS: Final = 2.0
READY: Final = "Ready. `make call` (or: offhook call) speaks to it; Ctrl-C ends it."

Say = Callable[[str], None]


def attend(
    child: subprocess.Popen[bytes],
    folder: Path,
    *,
    say: Say,
    out: BinaryIO,
    news: News | None = None,
    ready: str = READY,
) -> int:
    """Wait for the worker with its output passed on and the code watched; return our exit code.

    `news` is told what becomes of the worker; `ready` is said once it takes calls.
    """
    if child.stdout is None:
        raise TypeError("the worker's output must be a pipe")
    news = news or News()
    ending = _Ending(child, say, news)
    stop = threading.Event()
    output = threading.Thread(target=_pass_on, args=(child.stdout, out, news), name="worker output", daemon=True)
    watched = {"stop": stop, "told": news.compiled}
    watcher = threading.Thread(target=watch_code, args=(folder, say), kwargs=watched, name="code watcher")
    with ending.taking_signals(), news.told(once(lambda: news.state.phase == "ready", lambda: say(ready))):
        output.start()
        watcher.start()
        try:
            code = child.wait()
        finally:
            stop.set()
            watcher.join()
    kill_group(child)  # whatever it left behind holds the pipe open
    output.join(LAST_WORDS)
    if ending.forced or (ending.asked and code == 0):
        return int(ending.forced)
    when = "while it was stopping" if ending.asked else "by itself"
    say(f"the worker ended {when} ({_ended(code)}); its last lines above say why")
    return code if code > 0 else 1


def _ended(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _pass_on(source: IO[bytes], out: BinaryIO, news: News) -> None:
    """Copy the worker's output as it is, colours included; the news are made of it."""
    for line in source:
        out.write(line)
        out.flush()
        news.printed(line)


class _Ending:
    """Passes the first signal on as one SIGTERM, for a second one would drop the calls; kills at the second."""

    def __init__(self, child: subprocess.Popen[bytes], say: Say, news: News) -> None:
        self._child = child
        self._say = say
        self._news = news
        self.asked = False
        self.forced = False

    @contextmanager
    def taking_signals(self) -> Iterator[None]:
        """Take the signals that end a program, for as long as the block lasts."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._signalled) for number in numbers}
        timer = self._timer = threading.Timer(PATIENCE, self._force)
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
        if self.asked:
            self._force()
            return
        self.asked = True
        self._child.terminate()  # never SIGINT: livekit ignores that one while it starts a process, and it is lost
        self._timer.start()
        self._news.stopping()
        self._say("stopping: running calls are ended properly; once more to force it")

    def _force(self) -> None:
        self.forced = True
        kill_group(self._child)
        self._say("killed the worker and its calls")
