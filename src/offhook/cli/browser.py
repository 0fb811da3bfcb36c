"""Opens a page in the user's browser."""

from collections.abc import Callable

__all__ = ["open_in_browser"]


def open_in_browser(address: str, asked: bool | None, *, say: Callable[[str], None]) -> None:
    """Open the page if `asked` is True. If `asked` is None, open the page if a user is at a terminal of this machine,
    and the machine has a display.
    """
    import os  # imported here, so that other commands start faster
    import sys
    import webbrowser

    from offhook.dev.page.browser import should_open

    if should_open(asked, dict(os.environ), at_terminal=sys.stdout.isatty()) and not webbrowser.open(address):
        say(f"no browser was found; open {address} yourself")
