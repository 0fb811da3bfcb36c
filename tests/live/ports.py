"""Ports for tests that must know a port before the program that uses it starts."""

import itertools
import os
import socket
from collections.abc import Iterator

__all__ = ["free_port"]

FIRST, EACH = 20_000, 1_000
"""The system gives ports over 32767 to programs that ask for any port, so none of them takes a port from here."""


def _numbers() -> Iterator[int]:
    """The numbers for this test process: parallel test processes never try the same one."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    start = os.getpid() % EACH  # another run on this machine begins at another number
    for offset in itertools.count():
        yield FIRST + process * EACH + (start + offset) % EACH


_untried = _numbers()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port that no program uses now, and that this test process has not given out before."""
    for port in itertools.islice(_untried, EACH):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("no port is free")
