"""Opens a socket for a page on the loopback address."""

import socket
from collections.abc import Callable
from typing import Final

from offhook.core.errors import ServerError

__all__ = ["LOOPBACK", "page_address", "page_socket"]

LOOPBACK: Final = "127.0.0.1"


def page_socket(port: int, *, say: Callable[[str], None], strict: bool = False, page: str = "talk") -> socket.socket:
    """Return a listening socket. If the port is in use, use and report a free port; with `strict`, raise an error."""
    if not 0 <= port <= 65535:
        raise ServerError(f"port {port} does not exist; choose a port from 1 to 65535, or 0 for a free port")
    try:
        return _bound(port)
    except PermissionError as error:
        raise ServerError(f"no permission for port {port} ({error.strerror}); choose a port above 1023") from error
    except OSError as error:
        if strict:
            text = f"port {port} is taken by another program; choose another port, or 0 for a free port"
            raise ServerError(text) from error
        free = _bound(0)
        say(f"port {port} is taken by another program; the {page} page uses {free.getsockname()[1]}")
        return free


def page_address(listening: socket.socket) -> str:
    """Return the address of the page on this socket."""
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}"


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT counts as free
        listening.bind((LOOPBACK, port))
        listening.listen(16)
    except OSError:
        listening.close()
        raise
    return listening
