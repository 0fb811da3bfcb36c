"""Streams the records of a call as server-sent events."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from offhook.api.problems import problem
from offhook.api.reads import AGENT, call_in
from offhook.api.request import fields_of, parameters
from offhook.api.upcoming import Upcoming
from offhook.control.client import Client
from offhook.core.commands import COMMANDS
from offhook.core.errors import CommandError

__all__ = ["EventStreams"]

HEARTBEAT: Final = 15.0
"""After this many seconds without a record, the server sends a comment, because proxies close connections that are
silent for a minute.
"""
RETRY_MS: Final = 1000
END: Final = "end"
"""The name and the id of the last event. A client that connects again with this id as `Last-Event-ID` gets the status
204, which tells a browser not to connect again.
"""
_OVER: Final = ("no_room", "no_agent", "ended")


class EventStreams:
    """The open event streams of one HTTP server."""

    def __init__(self, *, heartbeat: float = HEARTBEAT) -> None:
        self._heartbeat = heartbeat
        self.closing = asyncio.Event()

    async def close(self, _app: web.Application) -> None:
        """End all streams, so that the server can stop. The clients connect again automatically."""
        self.closing.set()

    async def events(self, request: web.Request, client: Client) -> web.StreamResponse:
        """Stream the records that follow the record number in `Last-Event-ID`, or in the parameter `after`, until the
        call is over.
        """
        given = parameters(request, {**AGENT, "after": fields_of(COMMANDS["facts"])["after"]})
        last = request.headers.get("Last-Event-ID", "").strip()
        if last == END:
            return web.Response(status=204)
        after = _number(last) if last else given.get("after", -1)
        records = _records(client, request.match_info["room"], given.get("agent", ""), after=after)
        async with Upcoming(records, self.closing) as upcoming:
            if await upcoming.arrives(within=self._heartbeat):
                upcoming.peek()  # an error raised here becomes a problem response, as no HTTP status has been sent yet
            return await self.stream(request, upcoming)

    async def stream(self, request: web.Request, upcoming: Upcoming) -> web.StreamResponse:
        """Send each record when it arrives, and a comment after each `HEARTBEAT` seconds without a record. After the
        last record, send the event `end`; after an error, send the event `problem`.
        """
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type, response.charset = "text/event-stream", "utf-8"
        await response.prepare(request)
        with suppress(ConnectionError):  # the client has closed the connection
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            more = True
            while more and not self.closing.is_set():
                if await upcoming.arrives(within=self._heartbeat):
                    text, more = _event(upcoming)
                    await response.write(text)
                else:
                    await response.write(b": \n\n")
        return response


async def _records(client: Client, room: str, agent: str, *, after: int) -> AsyncGenerator[Mapping[str, Any], None]:
    """Yield the records of the call. A client that has already received records gets no error if the call has ended."""
    try:
        call = await call_in(client, room, agent)
    except CommandError as error:
        if after >= 0 and error.code in _OVER:
            return
        raise
    async for record in call.follow(after=after):
        yield record


def _event(upcoming: Upcoming) -> tuple[bytes, bool]:
    """Return the text of the event that has arrived, and True if more events may follow."""
    try:
        record = upcoming.peek()
    except CommandError as error:
        return _text("problem", problem(error)), False
    if record is None:
        return _text(END, {}, id=END), False
    upcoming.go_on()
    return _text("", record, id=str(record["seq"])), True


def _text(event: str, data: Mapping[str, Any], *, id: str = "") -> bytes:  # noqa: A002  # the name of the field
    lines = [f"id: {id}"] if id else []
    lines += [f"event: {event}"] if event else []
    return "\n".join([*lines, f"data: {json.dumps(data, ensure_ascii=False)}", "", ""]).encode(errors="replace")


def _number(last: str) -> int:
    if not (last.isascii() and last.isdecimal() and len(last) < 19):
        raise CommandError("malformed", "Last-Event-ID must be the id of an event: the number of a record, or `end`")
    return int(last)
