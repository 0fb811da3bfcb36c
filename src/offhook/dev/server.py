"""Run a livekit-server on the loopback interface for as long as a `with` block lasts."""

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
from offhook.dev.ready import answers
from offhook.dev.spawn import spawn, stop_group

__all__ = ["LocalServer", "local_server", "stop_server"]

READY_WITHIN: Final = 20.0
POLL: Final = 0.02
SECOND_TERM_AFTER: Final = 1.0  # the first one waits for the rooms to end
KILL_AFTER: Final = 5.0
ATTEMPTS: Final = 3
TAKEN: Final = "address already in use"
"""What livekit-server says when somebody took the port between our look and its start; it ends with 0 then."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A livekit-server of our own that runs."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)
    pid: int
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False, compare=False)

    def variables(self) -> dict[str, str]:
        """The three variables that every LiveKit program reads."""
        return {"LIVEKIT_URL": self.url, "LIVEKIT_API_KEY": self.api_key, "LIVEKIT_API_SECRET": self.api_secret}

    def outlive(self) -> NoReturn:
        """Wait for as long as the server runs; raise when it ends by itself."""
        code = self.process.wait()
        raise ServerError(f"livekit-server ended by itself with {code}; its last lines:\n{_tail(self.log)}")


@contextmanager
def local_server(
    binary: Path,
    *,
    port: int | None = None,
    progress: Callable[[str], None] = lambda _line: None,
    api_key: str | None = None,
    api_secret: str | None = None,
    target_load: float = 2.0,
) -> Iterator[LocalServer]:
    """Run `binary` until the block ends; it dies with the thread that entered the block.

    Args:
        binary: a livekit-server.
        port: the TCP port; without it 7880, or a free one when that is taken.
        progress: is told one line when another port is used.
        api_key: a fixed key, instead of a new one.
        api_secret: a fixed secret of at least 32 characters, instead of a new one.
        target_load: above which load of its workers the server gives them no more calls; 2.0 is never.

    """
    key = api_key or f"dev{secrets.token_hex(6)}"
    secret = api_secret or secrets.token_urlsafe(32)
    if len(secret) < 32:
        raise ServerError(f"the API secret has {len(secret)} characters; livekit-server wants at least 32")
    with tempfile.TemporaryDirectory(prefix="offhook-server-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "livekit-server.log"
        for attempt in range(1, ATTEMPTS + 1):
            tcp, udp = choose_ports(port, progress)
            config = _config(tcp, udp, keys={key: secret}, target_load=target_load)
            child = _start(binary, config, log)
            try:
                server = LocalServer(f"ws://127.0.0.1:{tcp}", key, secret, child.pid, log, child)
                if not _wait_ready(child, tcp, server=server, once_more=attempt < ATTEMPTS):
                    continue
                yield server
                return
            finally:
                stop_server(child)


def _config(tcp: int, udp: int, *, keys: dict[str, str], target_load: float) -> str:
    """Loopback and nothing else; anything less binds or advertises another address, or asks a public STUN server."""
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
        }
    )


def _start(binary: Path, config: str, log: Path) -> subprocess.Popen[bytes]:
    """Start it with nothing in its environment but the configuration, which `ps` then does not show."""
    with log.open("wb") as out:
        try:
            return spawn([binary], environ={"LIVEKIT_CONFIG": config}, output=out)
        except OSError as error:
            raise ServerError(
                f"{binary} cannot be started ({error}); set OFFHOOK_LIVEKIT_SERVER to a livekit-server for this machine"
            ) from error


def _wait_ready(child: subprocess.Popen[bytes], port: int, *, server: LocalServer, once_more: bool) -> bool:
    """Return once our own server answers: it alone knows the secret. False when another program took its port."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        code = child.poll()
        if code is not None and once_more and TAKEN in _tail(server.log):
            return False
        if code is not None:
            raise ServerError(f"livekit-server ended at once with {code}; its last lines:\n{_tail(server.log)}")
        if answers(port, key=server.api_key, secret=server.api_secret):
            return True
        time.sleep(POLL)
    raise ServerError(
        f"livekit-server does not answer on port {port} after {READY_WITHIN:.0f} s (a very busy machine? try again); "
        f"its last lines:\n{_tail(server.log)}"
    )


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def stop_server(child: subprocess.Popen[bytes]) -> None:
    """Ask twice, because the first SIGTERM waits for open rooms; then kill."""
    try:
        for wait in (SECOND_TERM_AFTER, KILL_AFTER - SECOND_TERM_AFTER):
            child.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                child.wait(wait)
                return
    finally:
        stop_group(child)
