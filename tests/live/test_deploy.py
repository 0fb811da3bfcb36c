"""The server's configuration in deploy/ starts a real livekit-server."""

import json
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.live.ports import free_port

from offhook.dev.spawn import spawn, stop_group

pytestmark = pytest.mark.live

CONFIG = Path(__file__).parents[2] / "deploy" / "livekit.yaml"


def config() -> dict[str, Any]:
    """The shipped configuration, but with free ports and without Redis."""
    told: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    assert set(told.pop("redis")) == {"address"}
    told["port"] = free_port()
    told["bind_addresses"] = ["127.0.0.1"]
    told["rtc"] |= {"tcp_port": free_port(), "udp_port": free_port(socket.SOCK_DGRAM)}
    return told


def test_the_server_starts_with_it(livekit_binary: Path, tmp_path: Path) -> None:
    told = config()
    environ = {"LIVEKIT_KEYS": f"devkey: {'a' * 40}", "LIVEKIT_CONFIG": json.dumps(told)}
    with (tmp_path / "log").open("wb") as log:
        server = spawn([livekit_binary, "--node-ip", "127.0.0.1"], environ=environ, output=log)
        try:
            assert answer(server, told["port"]) == b"OK", (tmp_path / "log").read_text()
        finally:
            stop_group(server)


def answer(server: subprocess.Popen[bytes], port: int) -> bytes:
    """Wait for a response from the health check address of the compose file."""
    deadline = time.monotonic() + 10
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as told:
                return bytes(told.read())
        except OSError:
            time.sleep(0.02)
    return b""


def test_the_server_refuses_a_misspelt_configuration(livekit_binary: Path, tmp_path: Path) -> None:
    environ = {"LIVEKIT_KEYS": f"devkey: {'a' * 40}", "LIVEKIT_CONFIG": json.dumps(config() | {"rooom": {}})}
    done = subprocess.run([livekit_binary], env=environ, check=False, capture_output=True, text=True, timeout=10)
    assert "field rooom not found" in done.stdout + done.stderr
