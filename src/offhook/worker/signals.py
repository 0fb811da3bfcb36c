"""Makes job processes ignore SIGTERM and SIGINT. Processes that a job process starts do not ignore these signals."""

import os
import signal

__all__ = ["ignore_signals", "restore_in_children"]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def ignore_signals() -> None:
    """Ignore the signals in this process and in the processes that it forks.

    Both signals get a handler that does nothing. If one of these processes starts another program, the program has the
    system's default handling. With `SIG_IGN` instead of this handler, the program would ignore SIGTERM too.
    """
    for number in _SIGNALS:
        signal.signal(number, _ignore)


def restore_in_children() -> None:
    """Restore the default handling in processes that are forked from this process, for example by `multiprocessing`."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_restore)


def _ignore(_number: int, _frame: object) -> None:
    """Do nothing."""


def _restore() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
