"""The errors of a local server say why it cannot run; its secret does not leak."""

import socket
import sys
from pathlib import Path

import pytest

from offhook.core.errors import ServerError
from offhook.dev.ports import choose_ports
from offhook.dev.server import local_server

pytestmark = pytest.mark.slow


def program(folder: Path, text: str) -> Path:
    path = folder / "livekit-server"
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_server_that_dies_at_once_shows_its_last_lines(tmp_path: Path) -> None:
    binary = program(tmp_path, "#!/bin/sh\necho no such interface >&2\nexit 3\n")
    with (
        pytest.raises(ServerError, match=r"at startup with 3; its last lines:\nno such interface"),
        local_server(binary),
    ):
        raise AssertionError("it must not be entered")


def test_a_port_that_somebody_takes_between_the_look_and_the_start_is_replaced(tmp_path: Path) -> None:
    binary = program(
        tmp_path,
        f"#!/bin/sh\necho x >> {tmp_path}/starts\necho 'listen udp 127.0.0.1:7882: bind: address already in use' >&2\n",
    )
    with (
        pytest.raises(ServerError, match=r"at startup with 0; its last lines:\nlisten udp .* address already in use"),
        local_server(binary),
    ):
        raise AssertionError("it must not be entered")
    assert (tmp_path / "starts").read_text() == "x\nx\nx\n"


def test_a_program_for_another_machine_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerError, match=r"cannot be started .* set OFFHOOK_LIVEKIT_SERVER to"),
        local_server(program(tmp_path, "\x7fELF")),
    ):
        raise AssertionError("it must not be entered")


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerError, match="has 5 characters; livekit-server needs at least 32"),
        local_server(program(tmp_path, ""), api_secret="short"),
    ):
        raise AssertionError("it must not be entered")


def test_nothing_but_the_configuration_is_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_HOST", "elsewhere")
    binary = program(
        tmp_path,
        f"#!{sys.executable} -I\nimport os\nprint(sorted({{*os.environ}} - {{'LC_CTYPE'}}))\nraise SystemExit(1)\n",
    )
    with pytest.raises(ServerError, match=r"\['LIVEKIT_CONFIG'\]$"), local_server(binary):
        raise AssertionError("it must not be entered")


def test_a_port_asked_for_that_is_taken_is_refused_with_whom_to_look_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(
            ServerError, match=rf"port {port} is taken by another program \(see it with `lsof -i :{port}`"
        ):
            choose_ports(port, print)


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    with pytest.raises(ServerError, match=f"port {port} does not exist"):
        choose_ports(port, print)
