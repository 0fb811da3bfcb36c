"""The examples of docs/http.md work with a real call: every curl command, and the FastAPI backend."""

import asyncio
import json
import re
import runpy
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.live.http_api import greeted, serving

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("curl") is None, reason="the guide's examples use curl"),
]

GUIDE = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^curl .+$", GUIDE, re.MULTILINE)
BASE = "http://127.0.0.1:7895"


async def ran(arguments: Sequence[str]) -> str:
    """Run curl; a status of 400 or more fails."""
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(*arguments, "-sS", "--fail-with-body", stdout=pipe, stderr=pipe)
    out, err = await asyncio.wait_for(program.communicate(), 60)
    assert program.returncode == 0, f"{arguments}: {out.decode()} {err.decode()}"
    return out.decode()


async def test_every_curl_command_of_the_guide_works(stage: Any, room: str) -> None:
    async with serving(stage.server, keys="") as api, stage.caller(room) as caller:
        await greeted(caller)
        own = str(api.make_url("/")).rstrip("/")
        commands = [shlex.split(one.replace(BASE, own).replace("front-desk-7", room)) for one in EXAMPLES]
        following = asyncio.create_task(ran(next(one for one in commands if "-N" in one)))
        ends = [one for one in commands if "/end" in one[1]]
        answers = [await ran(one) for one in commands if "-N" not in one and one not in ends]
        (ended,) = [json.loads(await ran(one)) for one in ends]
        await caller.ended()
        assert (ended["status"], ended["final"]) == ("applied", True)
        assert (await following).rstrip().endswith("id: end\nevent: end\ndata: {}")
    statuses = [answer["status"] for answer in map(json.loads, answers) if "status" in answer]
    assert len(commands) >= 10
    assert set(statuses) == {"spoken", "applied", "accepted"}


async def test_the_fastapi_backend_of_the_guide_speaks_under_the_name_of_its_user(
    stage: Any, room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from starlette.testclient import TestClient

    (text,) = re.findall(r"^```python\n((?:(?!```).)*from fastapi import.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "backend.py"
    file.write_text(text, encoding="utf-8")
    for name, value in stage.server.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    backend = runpy.run_path(str(file), run_name="backend")
    backend["app"].dependency_overrides[backend["signed_in"]] = lambda: "ada"
    client = TestClient(backend["app"])
    async with stage.caller(room) as caller:
        await greeted(caller)
        said = await asyncio.to_thread(client.post, f"/calls/{room}/say", json={"text": "Ada speaks."})
        state = await asyncio.to_thread(client.get, f"/calls/{room}")
        missing = await asyncio.to_thread(client.get, f"/calls/{room}-other")
        assert (said.status_code, said.json()["status"]) == (200, "spoken")
        assert state.json()["last"]["text"] == "Ada speaks."
        assert (missing.status_code, missing.json()["code"]) == (404, "no_room")
        await caller.hang_up()
    assert {body["by"] for body in stage.bodies(room, "CommandReceived")} == {"ada"}
