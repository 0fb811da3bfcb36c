"""Finds the errors that the agent's own code raises in a simulated call, each with its file and line."""

import asyncio
import inspect
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

from livekit.agents import llm

from offhook.core.errors import OffhookError
from offhook.engine.code_place import is_library, short
from offhook.testing.simulation.sound_files import is_pointer

__all__ = ["AgentCodeError", "UserErrors", "first_line", "metadata_advice", "of_agent", "place"]

_METHOD = re.compile(r"^Error in _traceable_(\w+)$")
"""LiveKit's log message for an error in a method of the agent, such as `on_enter`."""
_PLUGIN = re.compile(r"cannot import name '(\w+)' from 'livekit\.plugins'|No module named 'livekit\.plugins\.(\w+)")
_METADATA = re.compile(r"\.metadata\b|\bcall\.data\b")
"""Matches source code that reads the metadata of the dispatch."""
_FRAMES = 200
"""Only this many innermost frames of a traceback are read, because a RecursionError has about a thousand frames."""


class AgentCodeError(OffhookError):
    """The agent's own code raised an error; the text of this exception begins with the file and the line."""


class UserErrors(logging.Handler):
    """Keeps the logged errors that come from the agent's own code, the oldest first."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[tuple[BaseException, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self.add(error, record.getMessage())

    def add(self, error: BaseException, what: str) -> None:
        """Keep this error, unless it is already kept or its traceback has only library code."""
        if isinstance(error, llm.ToolError):  # not a failure: it is a tool's answer to the LLM, or ends an AgentTask
            return
        if of_agent(error) and not any(error is one for one, _ in self.found):
            self.found.append((error, _METHOD.sub(r"in \1", what)))

    def on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log an exception that reached the event loop, unless this exception is already kept."""
        if not any(context.get("exception") is one for one, _ in self.found):
            loop.default_exception_handler(context)

    @property
    def lines(self) -> Sequence[str]:
        """One text line for each error: the file, the line number, the error, and what failed."""
        return tuple(first_line(error, what) for error, what in self.found)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Collect errors from all loggers inside the block."""
        root = logging.getLogger()
        root.addHandler(self)
        asyncio.get_running_loop().set_exception_handler(self.on_loop_error)
        try:
            yield
        finally:
            root.removeHandler(self)


def of_agent(error: BaseException) -> bool:
    """Return True if the traceback of the error has a line of the agent's own code."""
    return any(not is_library(frame.filename) for frame in _frames(error))


def first_line(error: BaseException, what: str = "") -> str:
    """Describe this error in one line that begins with the file and line of the agent's code."""
    name = type(error).__name__
    text = " ".join(str(error).split()) or "no text"
    notes = "".join(f"; {note}" for note in getattr(error, "__notes__", ()))
    end = f" ({what})" if what else ""
    advice = "" if isinstance(error, OffhookError) else _advice(error)
    return f"{place(error)}{name}: {text[:500]}{notes}{f'; {advice}' if advice else ''}{end}"


def place(error: BaseException) -> str:
    """Return `file:line: ` of the innermost frame of the traceback that is in the agent's own code."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{short(error.filename)}:{error.lineno}: "
    frames = _frames(error)
    own = [frame for frame in frames if not is_library(frame.filename)] or frames
    return f"{short(own[-1].filename)}:{own[-1].lineno}: " if own else ""


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    frames = traceback.walk_tb(error.__traceback__)
    return list(traceback.StackSummary.extract(frames, limit=-_FRAMES, lookup_lines=False))


def _advice(error: BaseException) -> str:
    """Return advice on how to fix this error; "" if there is none."""
    text = f"{type(error).__name__} {error}"
    if found := _PLUGIN.search(text):
        plugin = (found[1] or found[2]).replace("_", "-")
        return f"install it: pip install livekit-plugins-{plugin}"
    if isinstance(error, ModuleNotFoundError):
        return f"install {error.name} where offhook runs ({sys.prefix})"
    if "download-files" in text or "LocalEntryNotFoundError" in text:
        return "fetch the model files first: python -m livekit.agents download-files"
    return _pointer(error)


def metadata_advice(error: BaseException, metadata: str) -> str:
    """If the call has no metadata and a function in the traceback reads metadata, return advice; otherwise ""."""
    if metadata or not isinstance(error, LookupError | ValueError | TypeError | AttributeError | OffhookError):
        return ""
    causes = [error, *([error.__cause__] if error.__cause__ is not None else [])]
    frames = [frame for cause in causes for frame in traceback.walk_tb(cause.__traceback__)]
    own = [frame.f_code for frame, _ in frames if not is_library(frame.f_code.co_filename)]
    if not any(_METADATA.search(_source(code)) for code in own):
        return ""
    return '; if the call needs metadata, give it: offhook check FILE --metadata \'{"key": "value"}\''


def _source(code: CodeType) -> str:
    try:
        return inspect.getsource(code)
    except (OSError, TypeError):  # the source file was deleted, or the code was never in a file
        return ""


def _pointer(error: BaseException) -> str:
    """Return advice if a variable in the traceback is the path of a Git LFS pointer file; otherwise ""."""
    frames = traceback.walk_tb(error.__traceback__)
    values = (value for frame, _ in frames for value in list(frame.f_locals.values()))
    paths = {str(value) for value in values if isinstance(value, str | Path) and 0 < len(str(value)) < 4096}
    found = next((one for one in sorted(paths) if is_pointer(one)), "")
    return f"{short(found)} is a Git LFS pointer, not the file: run git lfs pull" if found else ""
