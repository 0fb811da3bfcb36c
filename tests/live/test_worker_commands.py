"""The commands of an agent file: each one starts without a deprecation warning."""

import asyncio
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from offhook.dev.spawn import kill_group, spawn
from offhook.testing import Caller
from offhook.testing.live.worker import Worker

pytestmark = pytest.mark.live

AGENT = Path(__file__).parents[2] / "agents" / "agent.py"
Command = Callable[..., AbstractContextManager[Worker]]


@pytest.fixture
def environ(livekit: Any, tmp_path: Path) -> Mapping[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OFFHOOK_", "LIVEKIT_"))}
    ours = {"OFFHOOK_PRESET": "offline", "OFFHOOK_JOURNAL": str(tmp_path / "journal.db"), "PYTHONUNBUFFERED": "1"}
    return {**plain, **ours, **livekit.variables()}


@pytest.fixture
def command(environ: Mapping[str, str], tmp_path: Path) -> Command:
    """Runs the agent file with these arguments while a `with` block lasts."""
    file = tmp_path / "agent.py"
    file.write_text(AGENT.read_text().replace("serve(plan)", "serve(plan, port=0)"))

    @contextmanager
    def run(*arguments: str) -> Iterator[Worker]:
        process = spawn([sys.executable, file, *arguments], environ=environ, output=subprocess.PIPE)
        try:
            yield Worker(process)
        finally:
            kill_group(process)
            process.wait()

    return run


def modern(lines: list[str]) -> bool:
    return bool(lines) and not [line for line in lines if "deprecat" in line.lower() or "Traceback" in line]


def test_start_registers_and_ends_with_success(command: Command) -> None:
    with command("start") as running:
        running.wait_for("registered worker")
        assert running.stop() == 0
        assert modern(running.lines), running.tail()


def test_download_files_names_the_plugins(command: Command) -> None:
    with command("download-files") as running:
        running.wait_for("finished downloading files for livekit.plugins.silero")
        assert running.process.wait(30) == 0
        assert modern(running.lines), running.tail()


async def test_connect_joins_one_room(command: Command, livekit: Any, room: str) -> None:
    there = {"url": livekit.url, "api_key": livekit.api_key, "api_secret": livekit.api_secret}
    async with Caller(**there, room=room) as caller:
        with command("connect", "--room", room) as running:
            await asyncio.to_thread(running.wait_for, "picked up")  # under load, a start takes half a minute
            await caller.hears(since=caller.joined_at, timeout=20)
            await caller.reads("this is the front desk")
            await caller.quiet()
            await caller.type("thank you goodbye")
            assert await caller.ended(timeout=20) == "ROOM_DELETED"
            await asyncio.to_thread(running.wait_for, "call ended", timeout=10)
            assert modern(running.lines), running.tail()


CARD = """
from types import SimpleNamespace
default = SimpleNamespace(device=(0, 0))
def query_devices(*_device, **_kind):
    return {"name": "card"}
"""
NO_CARD = 'raise OSError("PortAudio library not found")'


@pytest.fixture
def console(environ: Mapping[str, str], tmp_path: Path) -> Callable[..., str]:
    """Runs `console --text` in a separate terminal with this sound card, until the terminal shows a text."""

    def run(card: str, *, until: str, seconds: float = 40) -> str:
        (tmp_path / "sounddevice.py").write_text(card)
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, AGENT, "console", "--text"],
            env={**environ, "PYTHONPATH": str(tmp_path), "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        seen, deadline = "", time.monotonic() + seconds
        try:
            while until not in seen and select.select([ours], [], [], max(0.0, deadline - time.monotonic()))[0]:
                seen += os.read(ours, 4096).decode(errors="replace")
        finally:
            kill_group(process)
            process.wait()
            os.close(ours)
            os.close(theirs)
        return seen

    return run


def test_console_comes_to_its_prompt_and_says_nothing_of_its_age(console: Callable[..., str]) -> None:
    prompt = "Type to talk to your agent"
    seen = console(CARD, until=prompt)
    assert prompt in seen
    assert modern(seen.splitlines()), seen


def test_console_without_sound_says_what_to_install(console: Callable[..., str]) -> None:
    seen = console(NO_CARD, until="`offhook call`")
    assert "offhook: the console cannot use the sound of this machine (PortAudio library not found); install" in seen
    assert modern(seen.splitlines()), seen
