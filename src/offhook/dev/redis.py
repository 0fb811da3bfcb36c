"""Runs a redis-server on the loopback interface while a `with` block runs. LiveKit's SIP API needs Redis."""

import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from offhook.core.errors import ServerError
from offhook.dev.ports import LOOPBACK, free_port
from offhook.dev.spawn import spawn, stop_group

__all__ = ["LocalRedis", "find_redis", "local_redis"]

READY_WITHIN: Final = 10.0
POLL: Final = 0.02
ATTEMPTS: Final = 3
PROGRAM: Final = "redis-server"
INSTALL: Final = "install the package redis-server (Debian: apt-get install redis-server; macOS: brew install redis)"


@dataclass(frozen=True, slots=True)
class LocalRedis:
    """A running redis-server that this process started. It stores nothing on disk."""

    address: str
    password: str = field(repr=False)
    pid: int

    def config(self) -> dict[str, str]:
        """Return the entry `redis` for the configuration of livekit-server and livekit-sip."""
        return {"address": self.address, "password": self.password}


def find_redis(environ: Mapping[str, str]) -> Path:
    """Return the redis-server on PATH; raise `ServerError` if there is none."""
    found = shutil.which(PROGRAM, path=environ.get("PATH", ""))
    if found is None:
        raise ServerError(f"{PROGRAM} is not on PATH; {INSTALL}")
    return Path(found)


@contextmanager
def local_redis(binary: Path) -> Iterator[LocalRedis]:
    """Run `binary` with a new password while the block runs. On Linux, Redis also ends when the thread that entered
    the block ends.
    """
    password = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory(prefix="offhook-redis-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        for attempt in range(1, ATTEMPTS + 1):
            port = free_port(socket.SOCK_STREAM)
            child = _start(binary, folder, port=port, password=password)
            try:
                if not _wait_ready(child, port, password=password, log=_log(folder), once_more=attempt < ATTEMPTS):
                    continue
                yield LocalRedis(f"{LOOPBACK}:{port}", password, child.pid)
                return
            finally:
                stop_group(child)


def _start(binary: Path, folder: Path, *, port: int, password: str) -> subprocess.Popen[bytes]:
    """Start the server. The password is in a file, because `ps` would show an argument to all users."""
    lines = [f"bind {LOOPBACK}", f"port {port}", f"requirepass {password}", 'save ""', "appendonly no", f"dir {folder}"]
    (folder / "redis.conf").write_text("\n".join(lines) + "\n")
    with _log(folder).open("wb") as out:
        try:
            return spawn([binary, folder / "redis.conf"], environ={}, output=out)
        except OSError as error:
            raise ServerError(f"{binary} cannot be started ({error}); {INSTALL}") from error


def _wait_ready(child: subprocess.Popen[bytes], port: int, *, password: str, log: Path, once_more: bool) -> bool:
    """Wait until the server with this password answers. Return False if another program took the port."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        code = child.poll()
        if code is not None and once_more and "already in use" in log.read_text(errors="replace"):
            return False
        if code is not None:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            raise ServerError(f"{PROGRAM} ended at startup with {code}; its last lines:\n{last}")
        if _accepts(port, password):
            return True
        time.sleep(POLL)
    raise ServerError(f"{PROGRAM} does not answer on port {port} after {READY_WITHIN:.0f} s; try again")


def _accepts(port: int, password: str) -> bool:
    """Return True if the redis-server at this port accepts the password, and False for any other program."""
    try:
        with socket.create_connection((LOOPBACK, port), 0.5) as connection:
            connection.sendall(f"AUTH {password}\r\n".encode())
            return connection.recv(64).startswith(b"+OK")
    except OSError:
        return False


def _log(folder: Path) -> Path:
    return folder / "redis-server.log"
