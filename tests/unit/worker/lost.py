"""What the tests of a lost call share: its records, and a LiveKit server's API with the rooms that a test sets up."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, get_args

from aiohttp import web
from livekit.protocol import agent_dispatch, room
from livekit.protocol.models import ParticipantInfo

from offhook.core.decisions import Decision
from offhook.core.facts import CallerFound, Connected, JobAccepted, MessageCommitted, Planned
from offhook.core.record import Record, to_body
from offhook.room.settlement import LostCall
from offhook.settings import Settings

__all__ = ["JOINED", "LOST", "TALKING", "FakeServer", "person", "records", "settings_for"]

KIND = ParticipantInfo.Kind
JOINED = 1_700_000_000.0
LOST = LostCall("AJ_1", "room-1", "agent-AJ_1", "desk", since=JOINED + 60)
TALKING = (
    JobAccepted("room-1", "desk"),
    Connected("room-1", "agent-AJ_1", "desk"),
    CallerFound("anna", phone=False, active=True),
    Planned(takeover="Sorry."),
    MessageCommitted("assistant", "Hello."),
    MessageCommitted("user", "Hi."),
)


def records(*values: Any, call: str = "AJ_1", began: float = JOINED) -> list[Record]:
    """The records of a call, a second apart."""
    return [
        Record(
            call,
            number,
            began + number,
            float(number),
            "decision" if isinstance(value, get_args(Decision)) else "fact",
            type(value).__name__,
            to_body(value),
        )
        for number, value in enumerate(values)
    ]


def person(identity: str, kind: int = KIND.STANDARD, *, joined: float = 0.0, **attributes: str) -> ParticipantInfo:
    """A participant that joined so many seconds after the beginning of the call."""
    return ParticipantInfo(
        identity=identity,
        kind=kind,  # type: ignore[arg-type]  # an enum's number
        state=ParticipantInfo.State.ACTIVE,
        joined_at_ms=int((JOINED + joined) * 1000),
        attributes=attributes,
    )


def agent(identity: str = "agent-AJ_1", *, joined: float = 0.0, **attributes: str) -> ParticipantInfo:
    return person(identity, KIND.AGENT, joined=joined, **{"lk.agent.name": "desk", **attributes})


@dataclass
class FakeServer:
    """The rooms of a server, and what was asked of it. `on_dispatch` plays the worker."""

    people: list[ParticipantInfo] = field(default_factory=list)
    dispatches: list[agent_dispatch.AgentDispatch] = field(default_factory=list)
    on_dispatch: Callable[["FakeServer", agent_dispatch.CreateAgentDispatchRequest], None] = lambda *_: None
    down: bool = False
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["FakeServer"]:
        app = web.Application()
        app.router.add_post("/twirp/{service}/{method}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        method, body = request.match_info["method"], await request.read()
        self.asked.append(method)
        if self.down:
            return web.json_response({"code": "unavailable", "msg": "down"}, status=503)
        answer = getattr(self, f"_{method}")(body)
        return web.Response(body=answer.SerializeToString(), content_type="application/protobuf")

    def _ListParticipants(self, _: bytes) -> Any:  # noqa: N802  # the API's names
        return room.ListParticipantsResponse(participants=self.people)

    def _DeleteRoom(self, _: bytes) -> Any:  # noqa: N802
        self.people.clear()
        return room.DeleteRoomResponse()

    def _RemoveParticipant(self, body: bytes) -> Any:  # noqa: N802
        gone = room.RoomParticipantIdentity.FromString(body).identity
        self.people[:] = [one for one in self.people if one.identity != gone]
        return room.RemoveParticipantResponse()

    def _ListDispatch(self, _: bytes) -> Any:  # noqa: N802
        return agent_dispatch.ListAgentDispatchResponse(agent_dispatches=self.dispatches)

    def _CreateDispatch(self, body: bytes) -> Any:  # noqa: N802
        asked = agent_dispatch.CreateAgentDispatchRequest.FromString(body)
        made = agent_dispatch.AgentDispatch(
            id=f"AD_{len(self.dispatches)}",
            agent_name=asked.agent_name,
            room=asked.room,
            metadata=asked.metadata,
            attributes=asked.attributes,
        )
        self.dispatches.append(made)
        self.on_dispatch(self, asked)
        return made

    def _DeleteDispatch(self, body: bytes) -> Any:  # noqa: N802
        gone = agent_dispatch.DeleteAgentDispatchRequest.FromString(body).dispatch_id
        self.dispatches[:] = [one for one in self.dispatches if one.id != gone]
        return agent_dispatch.AgentDispatch(id=gone)

    @property
    def changes(self) -> list[str]:
        return [method for method in self.asked if not method.startswith("List")]


def settings_for(url: str, **more: Any) -> Settings:
    return Settings(livekit_url=url, livekit_api_key="key", livekit_api_secret="s" * 40, **more)


async def until(true: Callable[[], bool]) -> None:
    """Wait until it is true; other tasks run meanwhile."""
    until_ = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until_, "it never became true"
        await asyncio.sleep(0.005)


def names(found: Sequence[Record]) -> list[str]:
    return [one.name for one in found]
