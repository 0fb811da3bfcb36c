"""Chooses free ports on the loopback interface."""

import socket
from collections.abc import Callable
from typing import Final

from offhook.core.errors import ServerError

__all__ = ["LOOPBACK", "choose_ports", "free_port"]

TCP: Final = 7880
UDP: Final = 7882
LOOPBACK: Final = "127.0.0.1"


def choose_ports(asked: int | None, progress: Callable[[str], None]) -> tuple[int, int]:
    """Return a TCP port for signalling and a UDP port for media. If a default port is in use, choose a free port.
    If the port `asked` is in use, raise `ServerError`.
    """
    if asked is not None and not 1 <= asked <= 65535:
        raise ServerError(f"port {asked} does not exist; choose a port from 1 to 65535")
    if asked is not None and not _free(asked, socket.SOCK_STREAM):
        raise ServerError(
            f"port {asked} is taken by another program (see it with `lsof -i :{asked}`, maybe a livekit-server or "
            "another `offhook server`); stop that program, or choose another port"
        )
    tcp = asked or _default_or_free(TCP, socket.SOCK_STREAM)
    if asked is None and tcp != TCP:
        progress(f"port {TCP} is taken by another program; using {tcp}")
    return tcp, _default_or_free(UDP, socket.SOCK_DGRAM)


def _default_or_free(port: int, kind: socket.SocketKind) -> int:
    """Return this port, or a free port from the system if this port is in use."""
    return port if _free(port, kind) else free_port(kind)


def free_port(kind: socket.SocketKind) -> int:
    """Return a port that no program uses now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _free(port: int, kind: socket.SocketKind) -> bool:
    """Return True if livekit-server could use this port now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT counts as free
        try:
            probe.bind((LOOPBACK, port))
            if kind is socket.SOCK_STREAM:
                probe.listen(1)
        except OSError:
            return False
    return True
