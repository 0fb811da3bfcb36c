"""A livekit-sip that is missing or does not run says what to do."""

import subprocess
from pathlib import Path

import pytest

from offhook.core.errors import ServerError
from offhook.dev.redis import LocalRedis
from offhook.dev.server import LocalServer
from offhook.testing.sip import find_sip, local_sip

REDIS = LocalRedis("127.0.0.1:1", "hush", 1)


def program(folder: Path, text: str) -> Path:
    path = folder / "livekit-sip"
    path.write_text(text)
    path.chmod(0o755)
    return path


def server(folder: Path) -> LocalServer:
    with subprocess.Popen(["true"]) as done:
        return LocalServer("ws://127.0.0.1:1", "key", "secret", done.pid, folder / "log", done)


def test_the_setting_goes_before_the_path(tmp_path: Path) -> None:
    here = program(tmp_path, "")
    other = tmp_path / "other"
    other.write_text("")
    assert find_sip(other, {"PATH": str(tmp_path)}) == other
    assert find_sip(None, {"PATH": str(tmp_path)}) == here


def test_a_program_that_is_not_there_is_told_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="livekit-sip not found; put it on PATH or set OFFHOOK_LIVEKIT_SIP"):
        find_sip(None, {"PATH": str(tmp_path)})
    with pytest.raises(ServerError, match="nothing is not a file; set it to a livekit-sip, or unset it"):
        find_sip(tmp_path / "nothing", {})


@pytest.mark.parametrize(
    ("text", "says"),
    [("#!/bin/sh\necho no redis\nexit 3\n", r"at startup with 3; .*\nno redis"), ("\x7fELF", "cannot be started")],
)
def test_a_program_that_does_not_run_shows_why(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ServerError, match=says), local_sip(program(tmp_path, text), server(tmp_path), REDIS):
        raise AssertionError("it must not be entered")
