"""Runs the user's own detector in a separate process, so that the worker continues if the detector crashes or never
returns.
"""

import json
import logging
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Final

from offhook.redaction.spans import Span

__all__ = ["IsolatedDetector"]

log = logging.getLogger("offhook")

_TIMEOUT: Final = 2.0
"""Time limit in seconds for one text."""
_START: Final = 60.0
"""Time limit in seconds for the start of the process. The limit is long, because a detector may load a model."""
_PAUSE: Final = 60.0
"""After a failure, the detector gets no text for this many seconds."""
_FAILED: Final = "redaction failed"


class IsolatedDetector:
    """The detector with this `name`, written as `module:name`. If the detector fails, the whole text is masked, so that
    no unchecked text is sent.
    """

    def __init__(self, name: str, *, timeout: float = _TIMEOUT, start: float = _START, pause: float = _PAUSE) -> None:
        self._name = name
        self._timeout = timeout
        self._start = start
        self._pause = pause
        self._child: subprocess.Popen[bytes] | None = None
        self._again_at = 0.0
        self._lock = threading.Lock()

    def find(self, text: str) -> Sequence[Span]:
        """Return the spans that the detector finds, or one span for the whole text if the detector fails."""
        if not text:
            return ()
        with self._lock:
            if time.monotonic() >= self._again_at:
                try:
                    return self._ask(text)
                except (OSError, ValueError, TypeError, TimeoutError) as error:
                    self._again_at = time.monotonic() + self._pause
                    self.close()
                    extra = {"detector": self._name, "error": str(error), "seconds": self._pause}
                    log.error("the detector of OFFHOOK_REDACTOR failed; whole texts are masked for now", extra=extra)
        return (Span(0, len(text), _FAILED),)

    def close(self) -> None:
        """End the detector's process."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()

    def _ask(self, text: str) -> Sequence[Span]:
        child = self._started()
        assert child.stdin is not None
        child.stdin.write(json.dumps(text).encode() + b"\n")
        child.stdin.flush()
        found = json.loads(self._line(child, self._timeout))
        return [Span(max(0, int(start)), min(int(end), len(text)), str(label)) for start, end, label in found]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            command = [sys.executable, "-m", "offhook.redaction.child", self._name, str(5 * self._timeout)]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            if json.loads(self._line(self._child, self._start)) != "ready":
                raise ValueError("the detector does not start")
        return self._child

    def _line(self, child: subprocess.Popen[bytes], seconds: float) -> bytes:
        """Return the next line that the process writes. Raises `TimeoutError` after this many seconds, or `OSError` if
        the process ended.
        """
        assert child.stdout is not None
        deadline = time.monotonic() + seconds
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(deadline - time.monotonic()) or time.monotonic() >= deadline:
                    raise TimeoutError(f"no answer within {seconds:g} s")
                part = child.stdout.read(65_536)
                if not part:
                    raise OSError("its process ended; see the lines above")
                line += part
        return line
