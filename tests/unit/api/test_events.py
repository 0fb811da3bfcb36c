"""A stream of events sends each record once, stays alive without records, and ends with the call or the server."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from aiohttp import web

from offhook.api.events import EventStreams
from offhook.api.upcoming import Upcoming
from offhook.core.errors import CommandError

Records = AsyncGenerator[Any, None]


async def told(*records: object) -> Records:
    """Records that are there; an error is raised in its place."""
    for one in records:
        if isinstance(one, Exception):
            raise one
        yield one


async def nothing_more(first: object) -> Records:
    """One record, and no other until the end of the server."""
    yield first
    await asyncio.Event().wait()


async def stream_of(serving: Any, records: Records, *, heartbeat: float = 10.0) -> tuple[Any, EventStreams]:
    """Serve these records as events; returns the answer, whose body is still open."""
    streams = EventStreams(heartbeat=heartbeat)

    async def handle(request: web.Request) -> web.StreamResponse:
        async with Upcoming(records, streams.closing) as upcoming:
            return await streams.stream(request, upcoming)

    app = web.Application()
    app.router.add_get("/", handle)
    app.on_shutdown.append(streams.close)
    return await (await serving(app=app)).get("/"), streams


async def test_records_are_events_with_their_number_and_the_last_event_is_the_end(serving: Any) -> None:
    answer, _ = await stream_of(serving, told({"seq": 0, "name": "A"}, {"seq": 1, "name": "Grüße\nan alle"}))
    assert answer.content_type == "text/event-stream"
    assert (await answer.text()).split("\n\n") == [
        "retry: 1000",
        'id: 0\ndata: {"seq": 0, "name": "A"}',
        'id: 1\ndata: {"seq": 1, "name": "Grüße\\nan alle"}',
        "id: end\nevent: end\ndata: {}",
        "",
    ]


async def test_an_error_in_the_middle_is_the_event_problem_and_the_client_may_resume(serving: Any) -> None:
    answer, _ = await stream_of(serving, told({"seq": 3}, CommandError("unreachable", "no answer")))
    *_, record, problem, _ = (await answer.text()).split("\n\n")
    assert record.startswith("id: 3\n")
    assert problem.startswith("event: problem\ndata: {")
    assert '"code": "unreachable"' in problem


async def test_while_no_record_comes_comments_keep_the_connection_open(serving: Any) -> None:
    answer, _ = await stream_of(serving, nothing_more({"seq": 0}), heartbeat=0.01)
    lines = [await answer.content.readline() for _ in range(8)]
    assert lines == [b"retry: 1000\n", b"\n", b"id: 0\n", b'data: {"seq": 0}\n', b"\n", b": \n", b"\n", b": \n"]


async def test_when_the_server_stops_the_stream_ends_without_the_event_end(serving: Any) -> None:
    answer, streams = await stream_of(serving, nothing_more({"seq": 0}))
    assert await answer.content.readuntil(b'data: {"seq": 0}\n\n')
    streams.closing.set()
    assert b"event: end" not in await answer.content.read()


async def test_a_wait_that_is_given_up_loses_no_record() -> None:
    gate = asyncio.Event()

    async def late() -> Records:
        await gate.wait()
        yield {"seq": 0}

    async with Upcoming(late(), asyncio.Event()) as upcoming:
        assert not await upcoming.arrives(within=0)
        gate.set()
        assert await upcoming.arrives(within=10)
        assert upcoming.peek() == {"seq": 0}
        upcoming.go_on()
        assert await upcoming.arrives(within=10)
        assert upcoming.peek() is None


async def test_a_stream_that_is_given_up_closes_its_records() -> None:
    closed = asyncio.Event()

    async def records() -> Records:
        try:
            await asyncio.Event().wait()
            yield {}
        finally:
            closed.set()

    async with Upcoming(records(), asyncio.Event()) as upcoming:
        await upcoming.arrives(within=0)
        await asyncio.wait_for(asyncio.sleep(0), 1)
    assert closed.is_set()
