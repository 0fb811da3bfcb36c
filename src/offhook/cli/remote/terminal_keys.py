"""Reads single keys from the terminal while an asyncio loop runs."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from offhook.cli.remote.top_state import keys_of

__all__ = ["reading_keys"]


@contextmanager
def reading_keys(pressed: Callable[[Sequence[str]], None]) -> Iterator[None]:
    """Call `pressed` with the keys that the user presses. At the end, the settings of the terminal are restored.

    On Windows, which has no POSIX terminals, no keys are read; but Ctrl-C works on Windows too.
    """
    try:
        import termios
        import tty
    except ImportError:
        yield
        return
    terminal, loop = sys.stdin.fileno(), asyncio.get_running_loop()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal)
    loop.add_reader(terminal, lambda: pressed(keys_of(os.read(terminal, 1024))))
    try:
        yield
    finally:
        loop.remove_reader(terminal)
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
