"""`offhook api` refuses, in one line, what would open calls to others or cannot work."""

import socket
from pathlib import Path

import pytest
from tests.unit.command_line import offhook

LIVEKIT = {"LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s" * 32}


def refused(folder: Path, *arguments: str, **environ: str) -> str:
    """Run the command; returns its one line on standard error."""
    done = offhook("api", *arguments, folder=folder, **environ)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    return done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "desk.example"])
def test_without_keys_other_machines_are_not_let_in(tmp_path: Path, host: str) -> None:
    told = refused(tmp_path, "--host", host, **LIVEKIT)
    assert told == (
        f"offhook: no keys are set, so {host!r} is refused; set OFFHOOK_API_KEYS, or use --host 127.0.0.1\n"
    )


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused(tmp_path, "--port", str(port), **LIVEKIT)
    assert told.startswith(f"offhook: 127.0.0.1:{port} cannot be used")
    assert told.endswith("choose another --host or --port\n")


def test_a_host_that_does_not_exist_is_named(tmp_path: Path) -> None:
    told = refused(tmp_path, "--host", "nowhere.invalid", OFFHOOK_API_KEYS=f"desk:viewer:{'v' * 32}", **LIVEKIT)
    assert told.startswith("offhook: nowhere.invalid:7895 cannot be used")


def test_a_missing_server_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path).startswith("offhook: LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET not set")


def test_a_wrong_list_of_keys_is_named_without_its_secrets(tmp_path: Path) -> None:
    told = refused(tmp_path, OFFHOOK_API_KEYS=f"desk:boss:{'t' * 32}", **LIVEKIT)
    assert told.startswith("offhook: OFFHOOK_API_KEYS entry 1 must be NAME:ROLE:SECRET")
    assert "tttt" not in told
