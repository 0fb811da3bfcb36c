"""Makes job processes ignore SIGTERM and SIGINT, but not the processes that a job starts."""

import os
import signal

__all__ = ["ignore_signals", "restore_in_children"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def ignore_signals() -> None:
    """Ignore the signals in this process and in the processes that it forks.

    The handler does nothing. A program that such a process starts gets the system's default again. With `SIG_IGN` in
    place of a handler, the program would ignore SIGTERM too.
    """
    for number in _SIGNALS:
        signal.signal(number, _ignore)


def restore_in_children() -> None:
    """Restore the default in processes that this process forks and that run no other program."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_restore)


def _ignore(_number: int, _frame: object) -> None:
    """Do nothing."""


def _restore() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
