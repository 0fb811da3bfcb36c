"""A project made by `offhook init` passes its own tests and takes calls, in a separate environment."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
import yaml
from dotenv import dotenv_values
from tests.live.bytecode import lend_bytecode
from tests.live.ports import free_port

from offhook.dev.probe import is_ours
from offhook.dev.spawn import kill_group, spawn, stop_group
from offhook.journal.reader import Reader
from offhook.testing import Caller
from offhook.testing.live.worker import Worker

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
OURS = (
    "OFFHOOK_",
    "LIVEKIT_",
    "DEEPGRAM_",
    "OPENAI_",
    "CARTESIA_",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "UV_",
    "MAKE",
    "PYTHONDONT",
)


def environ_of_a_stranger(binary: Path) -> dict[str, str]:
    """The test environment without offhook's variables, and without this environment's programs on PATH."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    path = [one for one in plain["PATH"].split(os.pathsep) if not Path(one).is_relative_to(sys.prefix)]
    return {**plain, "PATH": os.pathsep.join(path), "OFFHOOK_LIVEKIT_SERVER": str(binary), "PYTHONUNBUFFERED": "1"}


def take_our_versions(project: Path) -> None:
    """Pin the project to the versions of the lock file, because newer releases are not tested here."""
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^([\w.-]+==\S+(?: ; [^\\\n]*)?) \\$", lock, re.MULTILINE)
    assert len(pins) > 50
    file = project / "pyproject.toml"
    text = file.read_text()
    assert "[tool.uv]\n" in text
    file.write_text(text.replace("[tool.uv]\n", f"[tool.uv]\nconstraint-dependencies = {pins!r}\n"))


def offhook_of(project: Path) -> Path:
    """The environment from which the project's Python imports offhook."""
    code = "import offhook, sys; assert offhook.__file__.startswith(sys.prefix); print(sys.prefix)"
    command = [project / ".venv" / "bin" / "python", "-I", "-c", code]
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def made(folder: Path) -> Path:
    """A new project in this folder."""
    told = subprocess.run(
        [sys.executable, "-m", "offhook", "init", "night-desk"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "make run" in told.stdout
    take_our_versions(folder / "night-desk")
    return folder / "night-desk"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that all tests below share, because its packages take ten seconds."""
    return made(tmp_path_factory.mktemp("init"))


def make(word: str, project: Path, environ: dict[str, str]) -> str:
    done = subprocess.run(
        ["make", word], cwd=project, env=environ, check=False, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(project: Path, environ: dict[str, str]) -> None:
    """Install the packages, if no test before this one did."""
    if not (project / ".venv" / ".ready").exists():
        make(".venv/.ready", project, environ)
        lend_bytecode(project / ".venv")


@contextmanager
def make_run(project: Path, environ: dict[str, str]) -> Iterator[Worker]:
    """Run `make run` as in a terminal: make and its descendants in one process group."""
    process = subprocess.Popen(
        ["make", "run"],
        cwd=project,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        worker = Worker(process)
        worker.wait_for("Ready.")
        yield worker
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # the worker stops its own child processes
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        kill_group(process)
        process.wait()


def test_asking_a_new_project_for_help_installs_nothing(tmp_path: Path, livekit_binary: Path) -> None:
    new = made(tmp_path)
    assert "make run " in make("help", new, environ_of_a_stranger(livekit_binary))
    assert not (new / ".venv").exists()


@pytest.mark.timeout(300)
def test_a_new_project_tests_itself_with_packages_of_its_own(project: Path, livekit_binary: Path) -> None:
    environ = environ_of_a_stranger(livekit_binary)
    install(project, environ)
    assert re.search(r"\b2 passed", make("test", project, environ))
    assert (project / "uv.lock").is_file()
    assert offhook_of(project) == project / ".venv"


@pytest.mark.timeout(300)
async def test_a_new_project_installs_once_takes_a_call_and_leaves_nothing_behind(
    project: Path, livekit_binary: Path
) -> None:
    environ = environ_of_a_stranger(livekit_binary)
    install(project, environ)
    with make_run(project, environ) as running:
        assert not [line for line in running.lines if "setting up" in line], "a second start must not install again"
        family = [psutil.Process(running.process.pid), *psutil.Process(running.process.pid).children(recursive=True)]
        assert len(family) > 3
        told = {name: value or "" for name, value in dotenv_values(project / ".offhook" / "livekit.env").items()}
        url, key, secret = (told[f"LIVEKIT_{name}"] for name in ("URL", "API_KEY", "API_SECRET"))
        async with Caller(url=url, api_key=key, api_secret=secret, room=f"init-{uuid.uuid4().hex[:8]}") as caller:
            await caller.reads("this is the front desk", timeout=20)
            await caller.quiet()
            # Typed, because other programs run beside this test, and the offline STT makes errors on a busy machine.
            await caller.type("what time is it")
            await caller.reads("it is", timeout=15)
        os.killpg(running.process.pid, signal.SIGINT)  # as Ctrl-C does
        await asyncio.to_thread(running.process.wait, 20)
    _, alive = await asyncio.to_thread(psutil.wait_procs, family, 3)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []
    with Reader(project / ".offhook" / "journal.db") as reader:
        assert [call.room for call in reader.calls()] == [caller.room]


def test_livekit_server_takes_the_configuration_in_compose(project: Path, livekit_binary: Path) -> None:
    compose = yaml.safe_load((project / "compose.yaml").read_text())["services"]
    config = yaml.safe_load(compose["livekit"]["environment"]["LIVEKIT_CONFIG"])
    [(key, secret)] = config["keys"].items()
    tcp = free_port()
    config |= {"port": tcp, "bind_addresses": ["127.0.0.1"]}
    config["rtc"] |= {"tcp_port": 0, "udp_port": free_port(socket.SOCK_DGRAM)}
    server = spawn([livekit_binary], environ={"LIVEKIT_CONFIG": yaml.safe_dump(config)}, output=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not is_ours(tcp, key=key, secret=secret):
            assert server.poll() is None, f"livekit-server ended with {server.returncode}"
            assert time.monotonic() < deadline, "livekit-server does not answer"
            time.sleep(0.05)
    finally:
        stop_group(server)
