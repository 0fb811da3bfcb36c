"""Whether a browser can be opened for the person at this terminal."""

import sys
from collections.abc import Mapping

__all__ = ["wanted"]


def wanted(asked: bool | None, environ: Mapping[str, str], *, at_terminal: bool, system: str = sys.platform) -> bool:
    """What was asked for; else yes when a person sits at the terminal, with a display, on this machine."""
    if asked is not None:
        return asked
    display = system == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    return at_terminal and display and not environ.get("SSH_CONNECTION") and not environ.get("CI")
