"""Opens a page in the user's browser."""

from collections.abc import Callable

__all__ = ["open_in_browser"]


def open_in_browser(address: str, asked: bool | None, *, say: Callable[[str], None]) -> None:
    """Open the page if the user asks for it, or if a user is at this terminal."""
    import os  # imported here, so that other commands start faster
    import sys
    import webbrowser

    from offhook.dev.page.browser import should_open

    if should_open(asked, dict(os.environ), at_terminal=sys.stdout.isatty()) and not webbrowser.open(address):
        say(f"no browser was found; open {address} yourself")
