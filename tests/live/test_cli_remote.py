"""The commands for running calls, on a real server: what they print, and their exit codes."""

import asyncio
import json
import os
import pty
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from livekit import rtc
from tests.live import in_process
from tests.live.in_process import Done

from offhook.cli.remote.exit_codes import ERRORS, RESULTS
from offhook.dev.server import LocalServer
from offhook.testing import Caller

pytestmark = pytest.mark.live

AgentIn = Callable[..., AbstractAsyncContextManager[rtc.Room]]


@dataclass(frozen=True, slots=True)
class Offhook:
    """Runs commands in a folder without settings."""

    folder: Path
    environ: dict[str, str]

    def changed(self, **environ: str) -> "Offhook":
        return Offhook(self.folder, {**self.environ, **environ})

    @property
    def _whole(self) -> dict[str, str]:
        return {"LOGNAME": "night-desk", "COLUMNS": "120", **self.environ}

    async def start(self, *arguments: str, **streams: Any) -> asyncio.subprocess.Process:
        """Start a program of its own."""
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "offhook", *arguments),
            cwd=self.folder,
            env={"PYTHONPATH": ":".join(sys.path), **self._whole},
            **{"stdin": asyncio.subprocess.DEVNULL, "stdout": pipe, "stderr": pipe, **streams},
        )

    async def __call__(self, *arguments: str) -> Done:
        return await in_process.offhook(*arguments, folder=self.folder, environ=self._whole)


@pytest.fixture
def offhook(livekit: LocalServer, tmp_path: Path) -> Offhook:
    return Offhook(tmp_path, livekit.variables())


@asynccontextmanager
async def greeted(stage: Any, room: str, **options: Any) -> AsyncIterator[Caller]:
    async with stage.caller(room, **options) as caller:
        await caller.hears(since=caller.joined_at)
        await caller.quiet(for_=0.4)
        yield caller


async def test_a_line_is_spoken_and_the_state_and_the_transcript_have_it(
    stage: Any, room: str, offhook: Offhook
) -> None:
    async with greeted(stage, room) as caller:
        said = await offhook("say", room, "One moment, please.", "--no-interruptible")
        assert (said.code, said.err) == (0, "")
        assert re.fullmatch(r"spoken after \d+\.\d s\n", said.out)
        state = await offhook("state", room)
        assert f"room      {room}\n" in state.out
        assert f"caller    {caller.identity}, web, listening" in state.out
        assert "“One moment, please.”" in state.out
        transcript = await offhook("transcript", room)
        assert [line.split(maxsplit=1)[1].split(maxsplit=1) for line in transcript.out.splitlines()] == [
            ["agent", "“Hello.”"],
            ["agent", "“One moment, please.”"],
        ]
        after = (await offhook("transcript", room, "--json")).json["messages"][0]["seq"]
        later = (await offhook("transcript", room, "--after", str(after), "--json")).json["messages"]
        assert [one["text"] for one in later] == ["One moment, please."]
    await stage.tells(room, "CommandReceived", by="night-desk")


async def test_the_same_id_speaks_once_and_json_tells_the_results(stage: Any, room: str, offhook: Offhook) -> None:
    async with greeted(stage, room) as caller:
        command = ("say", room, "Only once.", "--id", "order 17", "--by", "desk", "--json")
        first, second = [(await offhook(*command)).json for _ in range(2)]
        assert (first["id"], first["status"], first["final"]) == ("order 17", "spoken", True)
        assert [one["status"] for one in first["results"]] == ["applied", "spoken"]
        assert second["results"] == first["results"]
        await caller.quiet(for_=0.4)
        assert [line.text for line in caller.transcript].count("Only once.") == 1


async def test_a_followed_call_is_told_in_words_until_its_end(stage: Any, room: str, offhook: Offhook) -> None:
    async with greeted(stage, room) as caller:
        words = await offhook.start("follow", room, "--by", "one")
        records = await offhook.start("follow", room, "--by", "two", "--json")
        for by in ("one", "two"):
            await stage.tells(room, "CommandReceived", by=by)
        assert (await offhook("note", room, "An angry caller.")).code == 0
        ended = await offhook("end", room, "--goodbye", "The desk closes now.")
        assert (ended.code, ended.out.split()[0]) == (0, "applied")
        assert await caller.ended() == "ROOM_DELETED"
        (out, _), (lines, _) = await asyncio.gather(words.communicate(), records.communicate())
    told = out.decode()
    assert (words.returncode, records.returncode) == (0, 0)
    assert re.match(rf"room {room}   began at \d{{4}}-", told)
    assert re.search(r"\d s .. agent   “Hello.”", told)
    for text in ("night-desk sent note, ", "An angry caller.", "ends the call: command", "“The desk closes now.”"):
        assert text in told
    assert told.endswith("the call is over: command\n")
    assert "LinePlayed" in [json.loads(line)["name"] for line in lines.decode().splitlines()]


async def test_top_lists_the_calls_once_without_a_terminal(
    stage: Any, room: str, offhook: Offhook, agent_in: AgentIn
) -> None:
    other = f"{room}-x"
    async with greeted(stage, room) as caller, agent_in(other):
        listed = {state["room"]: state for state in (await offhook("top", "--json")).json}
        assert listed[room]["caller"]["identity"] == caller.identity
        assert listed[other]["error"] == "not_offhook"
        table = (await offhook("top")).out
        assert any(line.startswith(room) and "listening" in line for line in table.splitlines())
        assert any(line.startswith(other) and "not offhook" in line for line in table.splitlines())


async def test_top_in_a_terminal_follows_and_ends_the_chosen_call(stage: Any, room: str, offhook: Offhook) -> None:
    master, terminal = pty.openpty()
    screen = Screen(master)
    async with greeted(stage, room) as caller:
        streams = {"stdin": terminal, "stdout": terminal, "stderr": terminal}
        top = await offhook.changed(TERM="xterm", LINES="30").start("top", "--interval", "0.3", **streams)
        os.close(terminal)
        await screen.shows(room)
        while f"{room}," not in screen.text:  # other tests have calls too: look for ours
            os.write(master, b"\n")
            await screen.shows("Esc back")
            if f"{room}," not in screen.text:
                os.write(master, b"\x1b")
                await screen.shows("q quit")
                os.write(master, b"j")
        await screen.shows("the greeting line was played")
        os.write(master, b"e")
        await screen.shows(f"end this call without a goodbye? y/n  room {room}")
        os.write(master, b"y")
        assert await caller.ended() == "ROOM_DELETED"
        await screen.shows("the call is over")
        os.write(master, b"q")
        assert await asyncio.wait_for(top.wait(), 10) == 0
    os.close(master)


class Screen:
    """What a program writes on a terminal, since the last key."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.text = ""
        self._news = asyncio.Event()
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self) -> None:
        try:
            self.text += os.read(self._master, 65536).decode(errors="replace")
        except OSError:  # the program has ended
            asyncio.get_running_loop().remove_reader(self._master)
        self._news.set()

    async def shows(self, text: str) -> None:
        async with asyncio.timeout(20):
            while text not in self.text:
                self._news.clear()
                await self._news.wait()
        self.text = self.text[self.text.rindex(text) :] if text != "Esc back" else self.text


async def test_each_mistake_of_the_sender_has_its_exit_code(room: str, offhook: Offhook) -> None:
    nowhere = await offhook("state", room)
    assert (nowhere.code, nowhere.out) == (ERRORS["no_room"], "")
    assert nowhere.err.startswith(f"offhook: there is no room '{room}'")
    assert len(nowhere.err.splitlines()) == 1
    assert (await offhook("state", room, "--json")).json["error"] == "no_room"
    assert (await offhook("say", room, " ")).code == ERRORS["empty"]
    assert (await offhook("say", room, "x" * 5000)).code == ERRORS["too_long"]
    assert (await offhook("silence", room, "replace")).code == ERRORS["malformed"]
    assert (await offhook("follow", room)).code == ERRORS["no_room"]
    down = offhook.changed(LIVEKIT_URL="ws://127.0.0.1:1")
    assert (await down("state", room)).code == (await down("top")).code == ERRORS["unreachable"]
    stranger = offhook.changed(LIVEKIT_API_SECRET="another-secret-of-at-least-32-characters")
    assert (await stranger("state", room)).code == ERRORS["unreachable"]
    assert (await offhook("say", room)).code == 2
    assert (await offhook.changed(LIVEKIT_URL="")("state", room)).code == 2


async def test_each_room_without_a_call_has_its_exit_code(
    stage: Any, room: str, offhook: Offhook, agent_in: AgentIn
) -> None:
    async with stage.other(room, "ada"):
        assert (await offhook("state", room)).code == ERRORS["no_agent"]
        async with agent_in(room):
            assert (await offhook("state", room)).code == ERRORS["not_offhook"]
            assert (await offhook("state", room, "--agent", "nobody")).code == ERRORS["no_agent"]
            async with agent_in(room, identity="agent-2"):
                two = await offhook("state", room)
                assert (two.code, "agent-1, agent-2" in two.err) == (ERRORS["two_agents"], True)
                assert (await offhook("state", room, "--agent", "agent-2")).code == ERRORS["not_offhook"]


async def test_each_result_without_success_has_its_exit_code(stage: Any, room: str, offhook: Offhook) -> None:
    async with greeted(stage, room) as caller:
        long = "This is a long line. " * 12
        unsupported = await offhook("models", room, "--llm", "another")
        assert (unsupported.code, unsupported.out.startswith("unsupported: ")) == (RESULTS["unsupported"], True)
        accepted = await offhook("say", room, long, "--no-wait", "--id", "1", "--no-interruptible")
        assert (accepted.code, accepted.out) == (0, "accepted, id 1\n")
        late = await offhook("say", room, long, "--timeout", "0.3")
        assert (late.code, late.out.startswith("no final result after 0.3 s")) == (RESULTS["unfinished"], True)
        waiting = await offhook.start("say", room, "Never said.", "--by", "late")
        await stage.tells(room, "CommandReceived", by="late")
        assert (await offhook("end", room)).code == 0
        await caller.ended()
        assert await waiting.wait() in (RESULTS["failed"], RESULTS["interrupted"], ERRORS["lost"], ERRORS["no_room"])
