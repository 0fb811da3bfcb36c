"""Objects passed to LiveKit can be pickled, and LiveKit finds the server in every agent file."""

import json
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
FIND_AND_PICKLE = """
import json, pathlib, pickle, sys
from livekit.agents import AgentServer
from livekit.agents.cli.discover import get_import_data
answers = []
for path in map(pathlib.Path, sys.argv[1:]):
    found = get_import_data(path=path)
    module, _, name = found.import_string.partition(":")
    server = getattr(sys.modules[module], name)
    assert isinstance(server, AgentServer), server
    pickle.loads(pickle.dumps(server.setup_fnc))
    answers.append([path.name, name, type(server.setup_fnc).__name__])
print(json.dumps(answers))
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


def test_livekit_finds_the_server_of_every_agent_file_and_can_pickle_what_it_hands_over(tmp_path: Path) -> None:
    """One interpreter for all files: an import of livekit.agents takes 2 s of the processor."""
    answers = json.loads(run(FIND_AND_PICKLE, *map(str, AGENTS), cwd=tmp_path))
    assert answers == [[path.name, "server", "Prewarm"] for path in AGENTS]


def run(code: str, *arguments: str, cwd: Path) -> str:
    """The last line that a fresh interpreter prints, without any settings in its environment."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environ, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]
