"""Prints errors on the terminal without a traceback."""

import sys
from typing import NoReturn

__all__ = ["exit_with_error"]


def exit_with_error(error: Exception, code: int = 2) -> NoReturn:
    """Print the error on standard error, in red on a terminal, and exit."""
    from offhook.reports.render import clean  # imported only if there is an error to print

    text = "\n".join(clean(line) for line in f"offhook: {error}".split("\n"))
    print(f"\x1b[31m{text}\x1b[0m" if sys.stderr.isatty() else text, file=sys.stderr)
    sys.exit(code)
