"""The HTTP API reaches real calls: commands have effects, results and errors have a status, events are complete."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from tests.live.http_api import KEYS, LONG, OPERATOR, SUPERVISOR, VIEWER, Http, code, greeted, serving, until

pytestmark = pytest.mark.live


@pytest.fixture
async def api(stage: Any) -> AsyncIterator[Http]:
    async with serving(stage.server) as http:
        yield http


async def test_an_operator_reads_speaks_and_ends_a_call(stage: Any, room: str, api: Http) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        said = await api.post(f"/v1/calls/{room}/say", json={"text": "One moment, please."})
        report = await said.json()
        assert (said.status, report["status"], report["final"]) == (200, "spoken", True)
        assert [one["status"] for one in report["results"]] == ["applied", "spoken"]
        await caller.quiet(for_=0.4)
        assert caller.transcript[-1].text == "One moment, please."
        state = await (await api.get(f"/v1/calls/{room}")).json()
        assert (state["room"], state["caller"]["identity"]) == (room, caller.identity)
        assert state["last"]["text"] == "One moment, please."
        listed = await (await api.get("/v1/calls")).json()
        assert room in [one["room"] for one in listed["calls"]]
        told = await (await api.get(f"/v1/calls/{room}/transcript")).json()
        assert [line["text"] for line in told["messages"]] == ["Hello.", "One moment, please."]
        newer = await (await api.get(f"/v1/calls/{room}/transcript?after={told['messages'][0]['seq']}")).json()
        assert [line["text"] for line in newer["messages"]] == ["One moment, please."]
        ended = await (await api.post(f"/v1/calls/{room}/end", json={"goodbye": "Good night."})).json()
        assert (ended["status"], ended["final"]) == ("applied", True)
        assert await caller.ended() == "ROOM_DELETED"
    assert await code(await api.get(f"/v1/calls/{room}")) == (404, "no_room")
    senders = {body["by"] for body in stage.bodies(room, "CommandReceived")}
    assert senders == {"night desk"}


async def test_an_idempotency_key_speaks_once(stage: Any, room: str, api: Http) -> None:
    key = {"Idempotency-Key": '"order 17"'}
    async with stage.caller(room) as caller:
        await greeted(caller)
        send = [api.post(f"/v1/calls/{room}/say", json={"text": "Only once."}, headers=key) for _ in range(2)]
        first, second = [await answer.json() for answer in await asyncio.gather(*send)]
        assert first == second
        assert (first["id"], first["status"]) == ("order 17", "spoken")
        other = await api.post(f"/v1/calls/{room}/say", json={"text": "Something else."}, headers=key)
        assert await code(other) == (400, "malformed")
        await caller.quiet(for_=0.4)
        assert [line.text for line in caller.transcript].count("Only once.") == 1


async def test_without_a_wait_the_results_are_read_later(stage: Any, room: str, api: Http) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        url = api.make_url(f"/v1/calls/{room}/say?wait=false")
        sent = await api.post(f"/v1/calls/{room}/say?wait=false", json={"text": "Later."})
        assert sent.status == 202
        assert (await sent.json())["status"] == "accepted"
        place = url.join(type(url)(sent.headers["Location"])).path
        assert place == f"/v1/calls/{room}/commands/{(await sent.json())['id']}"
        results = await (await api.get(place, params={"wait": "20"})).json()
        assert (results["status"], results["final"]) == ("spoken", True)
        again = await (await api.get(place)).json()
        assert again == results
        nobody = await (await api.get(f"/v1/calls/{room}/commands/nobody")).json()
        assert (nobody["status"], nobody["results"]) == ("pending", [])


async def test_a_timeout_answers_with_the_results_so_far(stage: Any, room: str, api: Http) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        sent = await api.post(f"/v1/calls/{room}/say?timeout=0.5", json={"text": LONG})
        assert sent.status == 202
        assert (await sent.json())["final"] is False
        stopped = await api.post(f"/v1/calls/{room}/interrupt")
        assert (stopped.status, (await stopped.json())["status"]) == (200, "applied")


async def test_events_lose_and_repeat_nothing_when_the_client_connects_again(stage: Any, room: str, api: Http) -> None:
    path = f"/v1/calls/{room}/events"
    async with stage.caller(room) as caller:
        await greeted(caller)
        async with api.get(path, headers=VIEWER) as first:
            assert first.headers["Content-Type"].startswith("text/event-stream")
            seen = await until(first, "LinePlayed")
        await (await api.post(f"/v1/calls/{room}/say", json={"text": "While nobody follows."})).json()
        async with api.get(path, headers={**VIEWER, "Last-Event-ID": seen[-1]["id"]}) as second:
            ending = asyncio.create_task(until(second, "end"))
            await api.post(f"/v1/calls/{room}/end", json={"goodbye": "Good night, and thank you for calling."})
            rest = await ending
        await caller.ended()
    *records, end = seen + rest
    assert [int(event["id"]) for event in records] == list(range(len(records)))
    assert (end["event"], end["id"], end["data"]) == ("end", "end", "{}")
    journal = [(one.seq, one.name) for one in stage.records(room)]
    followed = [(record["seq"], record["name"]) for record in (json.loads(event["data"]) for event in records)]
    assert followed == journal[: len(followed)]
    assert {"Say", "LinePlayed", "EndRequested"} <= {name for _, name in followed}  # the goodbye leaves time for them
    assert (await api.get(path, headers={"Last-Event-ID": "end"})).status == 204
    late = await api.get(path, headers={"Last-Event-ID": records[-1]["id"]})
    assert [event["id"] for event in await until(late, "end")] == ["end"]
    assert await code(await api.get(path)) == (404, "no_room")


async def test_two_followers_see_the_same(stage: Any, room: str, api: Http) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        async with api.get(f"/v1/calls/{room}/events") as one, api.get(f"/v1/calls/{room}/events?after=2") as other:
            both = asyncio.gather(until(one, "end"), until(other, "end"))
            await api.post(f"/v1/calls/{room}/end", json={})
            whole, part = await both
        await caller.ended()
    pairs = list(zip(whole[3:-1], part[:-1], strict=False))  # the room may close before both have the last records
    assert len(pairs) > 5
    assert [one for one, other in pairs if one != other] == []


async def test_a_key_may_do_what_its_role_permits(stage: Any, room: str, api: Http) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        say, instructions = f"/v1/calls/{room}/say", f"/v1/calls/{room}/instructions"
        assert (await api.get(f"/v1/calls/{room}", headers=VIEWER)).status == 200
        assert await code(await api.post(say, json={"text": "Hi."}, headers=VIEWER)) == (403, "forbidden")
        assert await code(await api.post(instructions, json={"text": "Hi."})) == (403, "forbidden")
        assert (await api.post(instructions, json={"text": "Be brief."}, headers=SUPERVISOR)).status == 200
        changed = [body for body in stage.bodies(room, "CommandReceived") if body["name"] == "instructions"]
        assert [body["by"] for body in changed] == ["lead"]
        await caller.hang_up()


async def test_without_keys_the_sender_is_local(stage: Any, room: str) -> None:
    async with serving(stage.server, keys="") as api, stage.caller(room) as caller:
        await greeted(caller)
        assert (await api.post(f"/v1/calls/{room}/note", json={"text": "A remark."})).status == 200
        assert "local" in {body["by"] for body in stage.bodies(room, "CommandReceived")}
        assert (await api.get("/v1/calls", headers={"Host": "evil.example"})).status == 403


async def test_the_command_serves_the_api_until_a_signal(stage: Any, room: str, tmp_path: Path) -> None:
    environ = {**os.environ, **stage.server.variables(), "OFFHOOK_API_KEYS": KEYS}
    command = [sys.executable, "-m", "offhook", "api", "--port", "0"]
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(*command, env=environ, cwd=tmp_path, stdout=pipe, stderr=pipe)
    assert program.stdout is not None
    try:
        line = (await asyncio.wait_for(program.stdout.readline(), 30)).decode()
        address = line.partition(" is at ")[2].partition(" ")[0]
        async with stage.caller(room) as caller, ClientSession(headers=OPERATOR) as http:
            await greeted(caller)
            async with http.get(f"{address}/{room}/events") as stream:
                await until(stream, "Connected")
                program.terminate()
                assert b"event: end" not in await stream.read()
            await asyncio.wait_for(program.wait(), 10)
    finally:
        if program.returncode is None:
            program.kill()
    assert (program.returncode, line.count("night desk"), "o" * 32 in line) == (0, 1, False)
