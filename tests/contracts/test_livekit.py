"""Objects passed to LiveKit can be pickled, and LiveKit finds the server in every agent file."""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest
from livekit.agents import JobProcess

from offhook.worker.entry import Entry
from offhook.worker.prewarm import Prewarm

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
AGENTS = sorted((ROOT / "agents").glob("*.py"))
FIND = """
import pathlib, sys
from livekit.agents import AgentServer
from livekit.agents.cli.discover import get_import_data
found = get_import_data(path=pathlib.Path(sys.argv[1]))
module, _, name = found.import_string.partition(":")
server = getattr(sys.modules[module], name)
assert isinstance(server, AgentServer), server
print(name)
"""
PICKLE = """
import importlib, pickle, sys
sys.path.insert(0, sys.argv[1])
server = importlib.import_module(sys.argv[2]).server
pickle.loads(pickle.dumps(server.setup_fnc))
print(type(server.setup_fnc).__name__)
"""


def load_more(process: JobProcess) -> None:
    """A user's own prewarm function."""


@pytest.mark.parametrize("handed", [Entry("agent", "plan"), Prewarm("agent"), Prewarm("agent", load_more), Prewarm()])
def test_what_a_job_process_is_given_survives_the_way_there(handed: object) -> None:
    assert pickle.loads(pickle.dumps(handed)) == handed


def test_what_a_job_process_is_given_holds_names_only() -> None:
    entry = Entry("agent", "plan", fallback=("agent", "other"))
    values = [value for one in fields(Entry) for value in _flat(getattr(entry, one.name))]
    assert all(isinstance(value, str | bool | None) for value in values)
    assert pickle.dumps(Entry("agent", "plan")).count(b"secret") == 0


def _flat(value: object) -> Sequence[object]:
    return value if isinstance(value, tuple) else (value,)


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.name)
def test_livekit_finds_the_server_of_every_agent_file(path: Path, tmp_path: Path) -> None:
    assert run(FIND, str(path), cwd=tmp_path) == "server"


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.name)
def test_what_the_server_of_an_agent_file_hands_over_can_be_pickled(path: Path, tmp_path: Path) -> None:
    assert run(PICKLE, str(path.parent), path.stem, cwd=tmp_path) == "Prewarm"


def run(code: str, *arguments: str, cwd: Path) -> str:
    """The last line that a fresh interpreter prints, without any settings in its environment."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environ, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]
