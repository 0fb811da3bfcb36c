"""The client reaches a running call on a real server: commands have effects and results, and a follower sees them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest

from offhook.client import Client, CommandError, CommandKey, CommandReport, RunningCall, SyncClient
from offhook.core.commands.verbs.say import SayCommand
from offhook.testing import Caller

pytestmark = pytest.mark.live


@pytest.fixture
async def client(stage: Any) -> AsyncIterator[Client]:
    keys = stage.server
    async with Client(url=keys.url, key=keys.api_key, secret=keys.api_secret, by="night desk") as client:
        yield client


async def greeted(caller: Caller) -> None:
    await caller.hears(since=caller.joined_at)
    await caller.quiet(for_=0.4)


async def test_an_operator_speaks_changes_and_ends_a_call(stage: Any, room: str, client: Client) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        call = client.call(room)
        seen = asyncio.create_task(followed(call))
        said = await call.say("One moment, please.")
        assert (said.status, [status for status, _ in said.results]) == ("spoken", ["applied", "spoken"])
        await caller.quiet(for_=0.4)
        assert caller.transcript[-1].text == "One moment, please."
        assert (await call.instructions("Speak like a pirate.")).status == "applied"
        assert (await call.note("An angry caller.")).ok
        state = await call.state()
        assert (state["room"], state["turns"], state["last"]["text"]) == (room, 0, "One moment, please.")
        assert [line["text"] for line in await call.transcript()][-1] == "One moment, please."
        ended = await call.end(goodbye="The operator ends this call.")
        assert ended.ok
        assert ended.results[-1][0] == "applied"
        assert await caller.ended() == "ROOM_DELETED"
    names = [record["name"] for record in await asyncio.wait_for(seen, 10)]
    for name in ("Connected", "CommandReceived", "Say", "LinePlayed", "InstructionsChanged", "CommandResult", "HangUp"):
        assert name in names
    notes = [body for body in stage.bodies(room, "CommandReceived") if body["name"] == "note"]
    assert [(body["by"], body["verb"]["text"]) for body in notes] == [("night desk", "An angry caller.")]


async def followed(call: RunningCall) -> list[Any]:
    return [record async for record in call.follow()]


async def test_the_same_id_speaks_once(stage: Any, room: str, client: Client) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        call = client.call(room)
        first, second = await asyncio.gather(*(call.say("Only once.", id="order 17") for _ in range(2)))
        assert (first.id, first.status) == (second.id, second.status) == ("order 17", "spoken")
        with pytest.raises(CommandError, match="belongs to another command"):
            await call.say("Something else.", id="order 17")
        await caller.quiet(for_=0.4)
        assert [line.text for line in caller.transcript].count("Only once.") == 1


async def test_a_line_that_the_caller_interrupts_says_so(stage: Any, room: str, client: Client) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        saying = asyncio.create_task(client.call(room).say("This is a long line. " * 12))
        while not saying.done():  # LiveKit lets nobody interrupt the agent's first seconds
            await caller.say("wait one more thing")
        assert (await saying).status == "interrupted"


async def test_the_calls_of_all_workers_are_listed(stage: Any, room: str, client: Client) -> None:
    async with stage.caller(room) as caller, stage.caller(f"{room}-2") as other:
        await asyncio.gather(greeted(caller), greeted(other))
        states = {state["room"]: state for state in await client.calls()}
        assert {room, f"{room}-2"} <= states.keys()
        assert states[room]["caller"]["identity"] == caller.identity


async def test_a_client_with_a_role_may_do_no_more(stage: Any, room: str, client: Client) -> None:
    keys = stage.server
    async with (
        stage.caller(room) as caller,
        Client(url=keys.url, key=keys.api_key, secret=keys.api_secret, by="screen", role="viewer") as viewer,
        Client(
            url=keys.url,
            key=keys.api_key,
            secret=keys.api_secret,
            command_key=CommandKey("stranger", "supervisor", b"x" * 32),
        ) as stranger,
    ):
        await greeted(caller)
        assert (await viewer.call(room).state())["room"] == room
        with pytest.raises(CommandError) as refused:
            await viewer.call(room).say("Hello.")
        assert refused.value.code == "forbidden"
        with pytest.raises(CommandError) as unsigned:
            await stranger.call(room).state()
        assert unsigned.value.code == "unsigned"
        told = await stage.tells(room, "CommandRefused", code="forbidden")
        assert told.body["by"] == "screen"


async def test_rooms_without_a_call_are_named(client: Client, room: str) -> None:
    with pytest.raises(CommandError) as unknown:
        await client.call(room).state()
    assert unknown.value.code == "no_room"


async def test_a_call_that_ends_while_a_result_is_awaited_is_lost(stage: Any, room: str, client: Client) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        saying = asyncio.create_task(client.call(room).send(SayCommand("This is a long line. " * 30)))
        await stage.tells(room, "CommandResult", status="applied")
        await caller.hang_up()
        assert await status_or_code(saying) in ("failed", "interrupted", "lost")


async def status_or_code(work: Awaitable[CommandReport]) -> str:
    try:
        return (await work).status
    except CommandError as error:
        return error.code


async def test_code_without_asyncio_reaches_the_call_too(stage: Any, room: str) -> None:
    keys = stage.server

    def desk() -> tuple[str, str, str, list[Any]]:
        with SyncClient(url=keys.url, key=keys.api_key, secret=keys.api_secret, by="desk") as client:
            call = client.call(room)
            following = call.follow()
            first = next(following)["name"]
            said = call.say("From a thread.")
            ended = call.end()
            return first, said.status, ended.status, list(following)

    async with stage.caller(room) as caller:
        await greeted(caller)
        *results, records = await asyncio.to_thread(desk)
        assert results == ["JobAccepted", "spoken", "applied"]
        assert "LinePlayed" in [record["name"] for record in records]
        await caller.ended()


async def test_a_quiet_agent_answers_nobody_and_then_answers_again(stage: Any, room: str, client: Client) -> None:
    async with stage.caller(room) as caller:
        await greeted(caller)
        call = client.call(room)
        report = await call.quiet()
        assert report.status == "applied", report
        assert (await call.state())["quiet"] == "mute"
        await caller.type("hello")
        await stage.tells(room, "MessageCommitted", role="user", text="hello")  # it would interrupt the operator's line
        assert (await call.say("An operator speaks.")).status == "spoken"
        assert (await call.quiet("hold")).detail == "already quiet (mute)"
        assert (await call.resume()).status == "applied"
        await caller.type("hello again")
        await stage.tells(room, "MessageCommitted", role="assistant", text="I hear you.")
        assert stage.said(room).count("I hear you.") == 1
