"""A running worker keeps the settings of its start, uses the address it is given, and always closes."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import AgentServer
from tests.unit.worker.lost import settings_for

from offhook import Server, load_settings
from offhook.core.errors import SettingsError
from offhook.redaction.logs import unmask_logs
from offhook.settings import frozen_settings
from offhook.worker import server as worker_server
from offhook.worker.address import on_cloud
from offhook.worker.entry import Entry

CHILD = "import offhook; print(offhook.load_settings().capacity)"


@pytest.mark.slow
def test_a_job_process_does_not_read_a_file_that_was_misspelt_after_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OFFHOOK_CAPACITY", "")  # restored after the test
    Path(".env.local").write_text("OFFHOOK_CAPACITY=3\n")
    with frozen_settings():
        Path(".env.local").write_text("OFFHOOK_CAPCITY=5\n")
        assert load_settings().capacity == 3
        child = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
        assert child.stdout == "3\n"
    with pytest.raises(SettingsError, match="did you mean OFFHOOK_CAPACITY"):
        load_settings()


@pytest.mark.parametrize("fails", ["a misspelt file", "no server"])
async def test_livekits_own_close_always_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    monkeypatch.chdir(tmp_path)
    closed = list[str]()

    async def aclose(_: AgentServer) -> None:
        closed.append("closed")

    monkeypatch.setattr(AgentServer, "aclose", aclose)
    server = Server(settings=settings_for("ws://127.0.0.1:9"))
    server.rtc_session(entrypoint)
    if fails == "a misspelt file":
        (tmp_path / ".env.local").write_text("OFFHOOK_CAPCITY=3\n")  # a few bytes
    await server.aclose()  # `active_jobs` raises, because the server does not run
    assert closed == ["closed"]


async def entrypoint(_: object) -> None:
    """Never called."""


def test_a_server_whose_entrypoint_makes_its_session_needs_no_models_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("recogniser", "decoders"):
        monkeypatch.delitem(sys.modules, f"offhook.models.offline.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)  # the extra is not installed
    settings = settings_for("ws://127.0.0.1:9")
    server = Server(settings=settings)
    assert server.setup_fnc is not None
    server.setup_fnc(None)  # type: ignore[arg-type]  # no function of the user gets the process
    with pytest.raises(SettingsError, match="need the package pocketsphinx"):
        Server(settings=settings, module="agent")


@pytest.mark.parametrize(("entry", "told"), [(entrypoint, False), (Entry("agent", "plan"), True)])
async def test_a_worker_tells_the_models_only_if_offhook_chooses_them(
    entry: Any, told: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async def refused(_: object) -> None:
        raise SettingsError("stop here")

    async def stop(error: SettingsError) -> None:
        raise error

    server = Server(settings=settings_for("ws://127.0.0.1:9").model_copy(update={"journal": tmp_path / "journal.db"}))
    server.rtc_session(entry)
    for name in ("TOKIO_WORKER_THREADS", "LIVEKIT_AGENTS_PRELOAD_LOCAL_INFERENCE"):
        monkeypatch.setenv(name, "1")  # a worker that runs sets them if they are not set
    monkeypatch.setattr(worker_server, "check_server", refused)
    monkeypatch.setattr(worker_server, "exit_with", stop)
    with caplog.at_level("INFO", logger="offhook"), pytest.raises(SettingsError, match="stop here"):
        await server.run()
    unmask_logs()
    assert any(line.startswith("models: ") for line in caplog.messages) is told


def test_the_address_that_livekit_is_given_counts_for_offhook_too() -> None:
    server = Server(ws_url="ws://one:1", api_key="k", api_secret="s")
    assert server.settings.livekit_url == "ws://one:1"
    server.update_options(ws_url="ws://two:2")
    assert (server.settings.livekit_url, server.settings.livekit_api_key) == ("ws://two:2", "k")
    secret = server.settings.livekit_api_secret
    assert secret is not None
    assert secret.get_secret_value() == "s"


def test_livekit_cloud_is_known_by_its_address() -> None:
    assert on_cloud(settings_for("wss://mine.livekit.cloud"))
    assert not on_cloud(settings_for("wss://livekit.cloud.example.com"))


STOPPED = """
import os, signal, subprocess, sys
from offhook.worker.signals import ignore_signals, restore_in_children
ignore_signals()
restore_in_children()
os.kill(os.getpid(), signal.SIGTERM)
child = subprocess.Popen([sys.executable, "-c", "import sys; print(1, flush=True); sys.stdin.read()"],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.read(1)
child.terminate()
ready, tell = os.pipe()
forked = os.fork()
if not forked:
    os.write(tell, b"1")
    signal.pause()
os.read(ready, 1)
os.kill(forked, signal.SIGTERM)
print(child.wait(10), os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_job_ignores_sigterm_but_the_processes_that_it_starts_do_not() -> None:
    done = subprocess.run([sys.executable, "-c", STOPPED], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == f"{-signal.SIGTERM} {-signal.SIGTERM}\n"
