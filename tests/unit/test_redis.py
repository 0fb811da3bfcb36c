"""The errors of a local redis-server say what to install or why it cannot run; its password does not leak."""

import sys
from pathlib import Path

import pytest

from offhook.core.errors import ServerError
from offhook.dev.redis import LocalRedis, find_redis, local_redis

pytestmark = pytest.mark.slow


def program(folder: Path, text: str) -> Path:
    path = folder / "redis-server"
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_missing_program_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="redis-server is not on PATH; install the package redis-server"):
        find_redis({"PATH": str(tmp_path)})
    assert find_redis({"PATH": str(program(tmp_path, "").parent)}) == tmp_path / "redis-server"


def test_a_program_that_dies_at_once_shows_its_last_lines(tmp_path: Path) -> None:
    binary = program(tmp_path, "#!/bin/sh\necho no memory >&2\nexit 3\n")
    with pytest.raises(ServerError, match=r"at startup with 3; its last lines:\nno memory"), local_redis(binary):
        raise AssertionError("it must not be entered")


def test_a_port_that_another_program_takes_first_is_replaced(tmp_path: Path) -> None:
    binary = program(tmp_path, f"#!/bin/sh\necho x >> {tmp_path}/starts\necho Address already in use\nexit 1\n")
    with pytest.raises(ServerError, match="at startup with 1"), local_redis(binary):
        raise AssertionError("it must not be entered")
    assert (tmp_path / "starts").read_text() == "x\nx\nx\n"


def test_a_program_for_another_machine_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerError, match=r"cannot be started .*; install the package"),
        local_redis(program(tmp_path, "\x7fELF")),
    ):
        raise AssertionError("it must not be entered")


def test_the_password_is_neither_an_argument_nor_shown(tmp_path: Path) -> None:
    code = f"#!{sys.executable} -I\nimport sys\nprint(open(sys.argv[1]).read(), len(sys.argv))\nraise SystemExit(1)\n"
    with (
        pytest.raises(ServerError, match=r"appendonly no\ndir .*\n 2$"),
        local_redis(program(tmp_path, code)),
    ):
        raise AssertionError("it must not be entered")
    shown = LocalRedis("127.0.0.1:1", "hush", 1)
    assert "hush" not in f"{shown!r} {shown}"
    assert shown.config() == {"address": "127.0.0.1:1", "password": "hush"}
