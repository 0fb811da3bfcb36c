"""Runs a livekit-server on the loopback interface while a `with` block runs."""

import json
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

from offhook.core.errors import ServerError
from offhook.dev.ports import choose_ports
from offhook.dev.probe import is_ours
from offhook.dev.redis import LocalRedis
from offhook.dev.spawn import spawn, stop_group

__all__ = ["LocalServer", "local_server", "stop_server"]

READY_WITHIN: Final = 20.0
POLL: Final = 0.02
SECOND_TERM_AFTER: Final = 1.0  # after the first SIGTERM, the server waits until all rooms are closed
KILL_AFTER: Final = 5.0
ATTEMPTS: Final = 3
TAKEN: Final = "address already in use"
"""livekit-server prints this text and exits with code 0 if another program took the port just before the start."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A running livekit-server that this process started."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)
    pid: int
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False, compare=False)

    def variables(self) -> dict[str, str]:
        """Return the three variables that every LiveKit program reads."""
        return {"LIVEKIT_URL": self.url, "LIVEKIT_API_KEY": self.api_key, "LIVEKIT_API_SECRET": self.api_secret}

    def outlive(self) -> NoReturn:
        """Wait while the server runs; raise `ServerError` when the server ends."""
        code = self.process.wait()
        raise ServerError(f"livekit-server ended unexpectedly with {code}; its last lines:\n{_tail(self.log)}")


@contextmanager
def local_server(
    binary: Path,
    *,
    port: int | None = None,
    progress: Callable[[str], None] = lambda _line: None,
    api_key: str | None = None,
    api_secret: str | None = None,
    target_load: float = 2.0,
    redis: LocalRedis | None = None,
) -> Iterator[LocalServer]:
    """Run `binary` while the block runs. On Linux, the server also ends when the thread that entered the block ends.

    Args:
        binary: a livekit-server.
        port: the TCP port; None means 7880, or a free port if 7880 is in use.
        progress: is called with one line if 7880 is in use and another port is chosen.
        api_key: a fixed API key, instead of a new one.
        api_secret: a fixed API secret of at least 32 characters, instead of a new one.
        target_load: a worker whose load is above this value gets no calls. 2.0 switches the limit off.
        redis: a running redis-server, which livekit-server needs for SIP trunks and dispatch rules.

    """
    key = api_key or f"dev{secrets.token_hex(6)}"
    secret = api_secret or secrets.token_urlsafe(32)
    if len(secret) < 32:
        raise ServerError(f"the API secret has {len(secret)} characters; livekit-server needs at least 32")
    with tempfile.TemporaryDirectory(prefix="offhook-server-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "livekit-server.log"
        for attempt in range(1, ATTEMPTS + 1):
            tcp, udp = choose_ports(port, progress)
            config = _config(tcp, udp, keys={key: secret}, target_load=target_load, redis=redis)
            child = _start(binary, config, log)
            try:
                server = LocalServer(f"ws://127.0.0.1:{tcp}", key, secret, child.pid, log, child)
                if not _wait_ready(child, tcp, server=server, once_more=attempt < ATTEMPTS):
                    continue
                yield server
                return
            finally:
                stop_server(child)


def _config(tcp: int, udp: int, *, keys: dict[str, str], target_load: float, redis: LocalRedis | None) -> str:
    """Return a configuration with which the server uses only loopback addresses and no public STUN server."""
    return json.dumps(
        {
            "port": tcp,
            "bind_addresses": ["127.0.0.1"],
            "rtc": {
                "udp_port": udp,
                "tcp_port": 0,
                "use_external_ip": False,
                "node_ip": "127.0.0.1",
                "enable_loopback_candidate": True,
                "interfaces": {"includes": ["lo0" if sys.platform == "darwin" else "lo"]},
                "ips": {"includes": ["127.0.0.1/32"]},
                "stun_servers": ["127.0.0.1:3478"],
            },
            "keys": keys,
            "room": {"departure_timeout": 5},
            "agents": {"target_load": target_load},
            **({"redis": redis.config()} if redis is not None else {}),
        }
    )


def _start(binary: Path, config: str, log: Path) -> subprocess.Popen[bytes]:
    """Start the server. The API secret is in its environment, because `ps` would show an argument to all users."""
    with log.open("wb") as out:
        try:
            return spawn([binary], environ={"LIVEKIT_CONFIG": config}, output=out)
        except OSError as error:
            raise ServerError(
                f"{binary} cannot be started ({error}); set OFFHOOK_LIVEKIT_SERVER to a livekit-server for this machine"
            ) from error


def _wait_ready(child: subprocess.Popen[bytes], port: int, *, server: LocalServer, once_more: bool) -> bool:
    """Wait until the server with this secret answers. Return False if another program took the port."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        code = child.poll()
        if code is not None and once_more and TAKEN in _tail(server.log):
            return False
        if code is not None:
            raise ServerError(f"livekit-server ended at startup with {code}; its last lines:\n{_tail(server.log)}")
        if is_ours(port, key=server.api_key, secret=server.api_secret):
            return True
        time.sleep(POLL)
    raise ServerError(
        f"livekit-server does not answer on port {port} after {READY_WITHIN:.0f} s (a busy machine? try again); "
        f"its last lines:\n{_tail(server.log)}"
    )


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def stop_server(child: subprocess.Popen[bytes]) -> None:
    """Send SIGTERM. If the server still waits for open rooms after 1 s, send SIGTERM again.

    In the end, kill the server and its child processes.
    """
    try:
        for wait in (SECOND_TERM_AFTER, KILL_AFTER - SECOND_TERM_AFTER):
            child.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.wait(wait)
                return
    finally:
        stop_group(child)
