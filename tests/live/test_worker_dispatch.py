"""Dispatch of agents by name, and from the command line."""

from pathlib import Path
from typing import Any

import pytest
from tests.live.in_process import Done, offhook

pytestmark = pytest.mark.live


async def sent(stage: Any, folder: Path, *arguments: str) -> Done:
    return await offhook("dispatch", *arguments, folder=folder, environ=stage.server.variables())


async def test_dispatch_sends_the_agent_with_its_metadata_and_says_when_it_is_there(
    stage: Any, room: str, tmp_path: Path
) -> None:
    ended = await sent(stage, tmp_path, room, "--agent", "stage", "--metadata", '{"greeting": "Welcome back, Ada."}')
    assert (ended.code, ended.err) == (0, "")
    assert f"is in room {room} after " in ended.out
    async with stage.other(room, "caller") as caller:
        await caller.reads("Welcome back, Ada.")


async def test_dispatch_speaks_json(stage: Any, room: str, tmp_path: Path) -> None:
    told = (await sent(stage, tmp_path, room, "--agent", "stage", "--json")).json
    assert (told["room"], told["agent"], told["identity"].startswith("agent-")) == (room, "stage", True)
    assert told["after_seconds"] < 10


async def test_dispatch_says_that_nobody_took_the_call_and_why_that_may_be(
    stage: Any, room: str, tmp_path: Path
) -> None:
    ended = await sent(stage, tmp_path, room, "--agent", "satge", "--timeout", "2")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"offhook: no agent 'satge' was in room '{room}' after 2 s, and no worker took the")
    assert "Is its agent_name exactly 'satge'" in ended.err
    assert len(ended.err.splitlines()) == 1


async def test_an_agent_with_a_name_comes_only_when_it_is_sent_for(stage: Any, room: str) -> None:
    async with stage.other(room, "caller") as alone, stage.caller(f"{room}-asked") as asked:
        await asked.reads("Hello.")
        await asked.quiet()
        assert alone.heard == []
