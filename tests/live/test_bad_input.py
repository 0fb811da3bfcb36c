"""Common mistakes at the start of a worker: each gives one clear line and no traceback."""

import functools
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from offhook import Call, Plan, serve
from offhook.core.errors import PlanError

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
AGENT = ROOT / "agents" / "agent.py"
DESK = Path(__file__).parent / "agents" / "worker_desk.py"
NOWHERE = "http://127.0.0.1:9"
START = ("-m", "livekit.agents", "start", AGENT)


_NOT_OURS = ("OFFHOOK_", "LIVEKIT_", "MAKE", "MFLAGS")  # the last two: a make inside of make prints more


@pytest.fixture
def said(tmp_path: Path, livekit_binary: Path) -> Callable[..., tuple[int, str]]:
    """Runs a Python command without keys in an empty folder; returns its exit code and its output."""

    def run(*command: str | Path, environ: Mapping[str, str], folder: Path = tmp_path) -> tuple[int, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
        ours = {"OFFHOOK_LIVEKIT_SERVER": str(livekit_binary), "OFFHOOK_JOURNAL": str(tmp_path / "journal.db")}
        program = [command[0]] if command[0] == "make" else [sys.executable, command[0]]
        ended = subprocess.run(
            [*program, *command[1:]],
            env={**plain, **ours, **environ},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return ended.returncode, ended.stdout

    return run


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen(1)
        yield taken.getsockname()[1]


def test_no_server_and_no_way_to_get_one_says_what_to_do(said: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    nothing = {"PATH": "", "OFFHOOK_LIVEKIT_SERVER": "", "OFFHOOK_CACHE": str(tmp_path / "empty")}
    code, text = said("-m", "offhook", "server", environ={**nothing, "HTTPS_PROXY": NOWHERE, "https_proxy": NOWHERE})
    last = text.splitlines()[-1]
    assert code == 2
    assert last.startswith("offhook: no livekit-server on PATH, the download failed (")
    assert "Go is not installed to" in last
    assert "OFFHOOK_LIVEKIT_SERVER" in last
    assert "Traceback" not in text


def test_a_taken_server_port_is_one_line(said: Callable[..., tuple[int, str]], taken_port: int) -> None:
    code, text = said("-m", "offhook", "server", "--port", str(taken_port), environ={})
    assert (code, len(text.splitlines())) == (2, 1)
    assert f"port {taken_port} is taken by another program" in text


def test_a_taken_health_port_is_one_line_and_no_silent_success(
    said: Callable[..., tuple[int, str]], taken_port: int, tmp_path: Path, livekit: Any
) -> None:
    file = tmp_path / "desk.py"
    file.write_text(DESK.read_text().replace("port=0", f"port={taken_port}"))
    code, text = said("-m", "livekit.agents", "start", file, environ=livekit.variables())
    assert code == 1
    assert "the port of this worker's health check" in text.splitlines()[-1]
    assert "Traceback" not in text


MISSPELT = [
    (
        {"OFFHOOK_PRESET": "clod"},
        'OFFHOOK_PRESET="clod" is not one of auto, cloud, local, offline; did you mean cloud?',
    ),
    ({"OFFHOOK_PRESETT": "cloud"}, "OFFHOOK_PRESETT is not a setting of offhook; did you mean OFFHOOK_PRESET?"),
    ({"OFFHOOK_TURN_DETECTION": "vadd"}, "did you mean vad?"),
    ({"LIVEKIT_URL": "localhost:7880"}, "LIVEKIT_URL must start with ws:// or wss://"),
]
COMMANDS = {
    "python agents/agent.py start": (AGENT, "start"),
    "python agents/agent.py dev": (AGENT, "dev"),
    "python -m livekit.agents start": START,
    "offhook start": ("-m", "offhook", "start", AGENT),
    "offhook dev": ("-m", "offhook", "dev", AGENT),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_misspelt_preset_is_one_line_with_the_nearest_name(
    said: Callable[..., tuple[int, str]], command: tuple[str | Path, ...]
) -> None:
    code, text = said(*command, environ=MISSPELT[0][0])
    assert (code in (1, 2), text) == (True, f"offhook: {MISSPELT[0][1]}\n")


@pytest.mark.parametrize(("environ", "says"), MISSPELT[1:])
def test_a_misspelt_setting_is_one_line(
    said: Callable[..., tuple[int, str]], environ: Mapping[str, str], says: str
) -> None:
    code, text = said("-m", "offhook", "start", AGENT, environ=environ)
    assert (code, len(text.splitlines())) == (2, 1)
    assert says in text


def test_make_run_passes_the_one_line_on(said: Callable[..., tuple[int, str]]) -> None:
    # -o: the folder is set up already, so make must not do it again.
    code, text = said("make", "-o", ".venv/.ready", "run", environ=MISSPELT[0][0], folder=ROOT)
    assert (code, text.splitlines()[0]) == (2, f"offhook: {MISSPELT[0][1]}")
    assert "Traceback" not in text


@pytest.mark.parametrize("wrong", ["LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"])
def test_a_key_or_secret_that_the_server_refuses_ends_the_worker_at_once(
    said: Callable[..., tuple[int, str]], livekit: Any, wrong: str
) -> None:
    code, text = said(*START, environ={**livekit.variables(), wrong: "x" * 40})
    assert code == 1
    assert text.splitlines()[-1] == (
        f"offhook: the LiveKit server refuses the key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET for {livekit.url}"
    )
    assert "Traceback" not in text


def test_a_server_that_stays_away_is_said_at_once_and_is_no_success_in_the_end(
    said: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    file = tmp_path / "desk.py"
    file.write_text(DESK.read_text().replace("port=0", "port=0, max_retry=1"))
    away = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "x" * 40}
    code, text = said("-m", "livekit.agents", "start", file, environ=away)
    at_once = next(line for line in text.splitlines() if "no LiveKit server answers at LIVEKIT_URL" in line)
    assert "ws://127.0.0.1:9" in at_once
    assert code == 1
    assert text.splitlines()[-1].startswith("offhook: failed to connect to livekit after 1 attempts; check LIVEKIT_URL")


def test_a_missing_secret_is_named(said: Callable[..., tuple[int, str]], livekit: Any) -> None:
    code, text = said(*START, environ={**livekit.variables(), "LIVEKIT_API_SECRET": ""})
    assert (code, "LIVEKIT_API_SECRET" in text.splitlines()[-1], "Traceback" in text) == (1, True, False)


def test_a_plan_that_no_job_could_find_is_one_line_at_start(
    said: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    file = tmp_path / "desk.py"
    file.write_text("from offhook import serve\nserver = serve(lambda call: None)\n")
    code, text = said("-m", "livekit.agents", "start", file, environ={})
    assert (code, len(text.splitlines())) == (1, 1)
    assert "desk.<lambda> cannot be handed to a job process; define it as a plain function at the top level" in text


def a_plan(call: Call) -> Plan:
    raise NotImplementedError


class Desk:
    def plan(self, call: Call) -> Plan:
        raise NotImplementedError


def enclosing() -> Callable[[Call], Plan]:
    def nested(call: Call) -> Plan:
        raise NotImplementedError

    return nested


@pytest.mark.parametrize(
    ("plan", "name"),
    [
        (lambda _call: None, "<lambda>"),
        (enclosing(), "enclosing.<locals>.nested"),
        (functools.partial(a_plan), "partial"),
        (Desk().plan, "Desk.plan"),
    ],
    ids=["lambda", "nested", "partial", "method"],
)
def test_a_plan_that_no_job_could_find_is_refused_by_name(plan: Callable[[Call], Plan], name: str) -> None:
    with pytest.raises(PlanError) as refused:
        serve(plan)
    assert f".{name} cannot be handed to a job process" in str(refused.value)
