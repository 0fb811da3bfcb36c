"""Distinguishes the user's code from libraries, and finds the line of the user's code that called offhook."""

import inspect
import os
import sysconfig
from functools import cache
from pathlib import Path

__all__ = ["calling_place", "is_library", "short"]

_LIBRARIES = tuple(
    f"{os.path.realpath(one)}{os.sep}"
    for one in (*map(sysconfig.get_path, ("purelib", "platlib", "stdlib")), str(Path(__file__).parents[1]))
)


@cache
def is_library(file: str) -> bool:
    """Return True if the file belongs to Python itself, to an installed package or to offhook."""
    return file.startswith("<") or os.path.realpath(file).startswith(_LIBRARIES)


def short(file: str) -> str:
    """Return the path of this file. If the file is below the current folder, the path is relative to the folder."""
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def calling_place() -> str:
    """Return `file:line` of the user's code that called offhook; "" if only libraries called offhook."""
    frame = inspect.currentframe()
    while frame is not None:
        if not is_library(frame.f_code.co_filename):
            return f"{short(frame.f_code.co_filename)}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
