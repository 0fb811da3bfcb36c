"""Decides whether to open a browser for the user at this terminal."""

import sys
from collections.abc import Mapping

__all__ = ["should_open"]


def should_open(
    asked: bool | None, environ: Mapping[str, str], *, at_terminal: bool, system: str = sys.platform
) -> bool:
    """Return the user's choice (`asked`) if it is given. Without a choice, return True if the user is at a terminal of
    this machine, and the machine has a display.
    """
    if asked is not None:
        return asked
    display = system == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    return at_terminal and display and not environ.get("SSH_CONNECTION") and not environ.get("CI")
