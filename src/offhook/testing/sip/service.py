"""Runs a livekit-sip server on the loopback interface while a `with` block runs."""

import json
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offhook.core.errors import ServerError
from offhook.dev.ports import LOOPBACK, free_port
from offhook.dev.redis import LocalRedis
from offhook.dev.server import LocalServer
from offhook.dev.spawn import spawn, stop_group
from offhook.testing.sip.udp import Address

__all__ = ["LocalSip", "find_sip", "local_sip"]

READY_WITHIN: Final = 20.0
PROGRAM: Final = "livekit-sip"
SETTING: Final = "OFFHOOK_LIVEKIT_SIP"


@dataclass(frozen=True, slots=True)
class LocalSip:
    """A livekit-sip server that this process started. Phones send their calls to `address`."""

    address: Address
    pid: int
    log: Path


def find_sip(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Return `explicit` (the value of OFFHOOK_LIVEKIT_SIP); if it is None, return the path of livekit-sip on PATH.

    Raises `ServerError` if the program does not exist.
    """
    if explicit is not None and explicit.is_file():
        return explicit.absolute()
    if explicit is not None:
        raise ServerError(f"{SETTING}={explicit} is not a file; set it to a {PROGRAM}, or unset it")
    found = shutil.which(PROGRAM, path=environ.get("PATH", ""))
    if found is None:
        raise ServerError(f"{PROGRAM} not found; put it on PATH or set {SETTING}")
    return Path(found)


@contextmanager
def local_sip(binary: Path, server: LocalServer, redis: LocalRedis) -> Iterator[LocalSip]:
    """Run the livekit-sip `binary` for this LiveKit server.

    livekit-sip 1.11.0 opens its RTP ports on all network interfaces, but its other ports only on the loopback
    interface.
    """
    port = free_port(socket.SOCK_DGRAM)
    with tempfile.TemporaryDirectory(prefix="offhook-sip-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "livekit-sip.log"
        environ = {"SIP_CONFIG_BODY": json.dumps(_config(port, server, redis))}
        with log.open("wb") as out:
            try:
                child = spawn([binary], environ=environ, output=out)
            except OSError as error:
                raise ServerError(f"{binary} cannot be started ({error}); set {SETTING} to a {PROGRAM}") from error
        try:
            _wait_ready(child, port, log)
            yield LocalSip((LOOPBACK, port), child.pid, log)
        finally:
            child.send_signal(signal.SIGINT)  # after SIGTERM, livekit-sip would wait until its calls end
            with suppress(subprocess.TimeoutExpired):
                child.wait(3)
            stop_group(child)


def _config(port: int, server: LocalServer, redis: LocalRedis) -> dict[str, object]:
    return {
        "api_key": server.api_key,
        "api_secret": server.api_secret,
        "ws_url": server.url,
        "redis": redis.config(),
        "sip_port": port,
        "listen_ip": LOOPBACK,
        "nat_1_to_1_ip": LOOPBACK,
        "media_nat_1_to_1_ip": LOOPBACK,
        "local_net": "127.0.0.0/8",
        "rtp_port": "22000-22400",
        "rtp_draining_idle_timeout": "-1s",
        "rtp_draining_duration": "-1s",
        "max_cpu_utilization": 1.0,
        "logging": {"level": "info"},
    }


def _wait_ready(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until livekit-sip answers an OPTIONS request."""
    deadline = time.monotonic() + READY_WITHIN
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        probe.settimeout(0.1)
        while time.monotonic() < deadline:
            code = child.poll()
            if code is not None:
                last = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
                raise ServerError(f"{PROGRAM} ended at startup with {code}; its last lines:\n{last}")
            probe.sendto(_options(probe.getsockname(), port), (LOOPBACK, port))
            with suppress(OSError):
                if probe.recv(4096).startswith(b"SIP/2.0"):
                    return
    raise ServerError(
        f"{PROGRAM} does not answer on port {port} after {READY_WITHIN:.0f} s (a busy machine? try again)"
    )


def _options(here: Address, port: int) -> bytes:
    lines = (
        f"OPTIONS sip:{LOOPBACK}:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {here[0]}:{here[1]};branch=z9hG4bK{secrets.token_hex(6)};rport",
        "Max-Forwards: 70",
        f"From: <sip:probe@{here[0]}>;tag=1",
        f"To: <sip:{LOOPBACK}:{port}>",
        f"Call-ID: {secrets.token_hex(6)}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
