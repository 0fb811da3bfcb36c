"""Say what went wrong on the terminal, without a traceback."""

import sys
from typing import NoReturn

__all__ = ["complain"]


def complain(error: Exception) -> NoReturn:
    """Print the error on standard error, red on a terminal, and exit with 2."""
    text = f"offhook: {error}"
    print(f"\x1b[31m{text}\x1b[0m" if sys.stderr.isatty() else text, file=sys.stderr)
    sys.exit(2)
