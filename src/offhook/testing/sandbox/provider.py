"""What all emulated providers do alike: check the key, keep the request, ask the hook, answer."""

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from aiohttp import WSMsgType, web

from offhook.testing.sandbox.hook import Cut, Event, Hook, How, Json, Name, Refusal, Request

__all__ = ["REFUSED_KEY", "Answering", "Provider", "Route", "Socket", "Stream", "Visit"]

REFUSED_KEY = "refused"
"""The one key that no provider here accepts."""


@dataclass(frozen=True, slots=True)
class Visit:
    """An HTTP request or a connection that was let in."""

    http: web.Request
    request: Request

    @property
    def body(self) -> Json:
        return dict(self.request.body)


Answering = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """A path of a provider and what answers there."""

    how: How
    path: str
    answer: Answering


class Provider(ABC):
    """One provider's side of the wire."""

    name: ClassVar[Name]
    wording: ClassVar[dict[int, tuple[str, str]]] = {}
    """The provider's own code and words for a status, when a refusal has none."""

    def __init__(self, keep: Callable[[Request], None]) -> None:
        self.hook = Hook()
        self._keep = keep

    @abstractmethod
    def routes(self) -> Sequence[Route]: ...

    @abstractmethod
    def key(self, http: web.Request) -> tuple[str, str]:
        """How the key was handed over, and the key."""

    @abstractmethod
    def refuse(self, refusal: Refusal, http: web.Request) -> web.Response:
        """The refusal of an HTTP request, in the provider's form."""

    @abstractmethod
    def complain(self, refusal: Refusal, about: Json) -> Json:
        """The refusal of a message on a connection, in the provider's form."""

    def handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(http: web.Request) -> web.StreamResponse:
            try:
                return await self._answer(route, http)
            except (Cut, ConnectionError):  # a hook cut the line, or the plugin left before the end: both are over
                if http.transport is not None:
                    http.transport.abort()
                return web.Response()

        return handle

    def worded(self, refusal: Refusal) -> Refusal:
        code, message = self.wording.get(refusal.status, ("", "refused by the sandbox"))
        return replace(refusal, code=refusal.code or code, message=refusal.message or message)

    async def admit(self, request: Request) -> Refusal | None:
        """Keep what is asked and let the hook decide about it."""
        self._keep(request)
        return await self.hook.before_answer(request)

    async def _answer(self, route: Route, http: web.Request) -> web.StreamResponse:
        auth, key = self.key(http)
        query = {name: ",".join(http.query.getall(name)) for name in http.query}
        request = Request(self.name, http.path, route.how, {}, query, auth)
        try:
            request = replace(request, body=await _body(http))
        except ValueError:
            return self.refuse(Refusal(400, "the body is no JSON object"), http)
        refusal = await self.admit(request)
        if not key or key == REFUSED_KEY:
            refusal = Refusal(401)
        if refusal is not None:
            return self.refuse(self.worded(refusal), http)
        return await route.answer(Visit(http, request))


async def _body(http: web.Request) -> Json:
    """The fields of a JSON object or a form; a file of a form by its name only."""
    if http.content_type == "application/json":
        body = await http.json()
        if not isinstance(body, dict):
            raise ValueError
        return body
    if http.content_type.startswith("multipart/"):
        fields = await http.post()
        return {name: value if isinstance(value, str) else _file_name(value) for name, value in fields.items()}
    return {}


def _file_name(value: web.FileField | bytes | bytearray) -> str:
    return value.filename if isinstance(value, web.FileField) else "file"


class _Outlet:
    """Counts what leaves and lets the hook see it first."""

    def __init__(self, provider: Provider, visit: Visit) -> None:
        self._provider, self._visit, self._number = provider, visit, 0

    async def _passed(self, kind: str, payload: str | bytes) -> str | bytes | None:
        event = Event(self._provider.name, self._visit.request.path, kind, self._number, payload)
        self._number += 1
        try:
            return await self._provider.hook.before_event(event)
        except Cut:
            if self._visit.http.transport is not None:
                self._visit.http.transport.abort()
            raise


class Socket(_Outlet):
    """A websocket: JSON out, JSON and sound in."""

    def __init__(self, provider: Provider, visit: Visit) -> None:
        super().__init__(provider, visit)
        self.websocket = web.WebSocketResponse()

    async def open(self) -> "Socket":
        await self.websocket.prepare(self._visit.http)
        return self

    async def send(self, event: Json) -> None:
        text = await self._passed(str(event.get("type", "")), json.dumps(event))
        if isinstance(text, str):
            await self.websocket.send_str(text)
        elif text is not None:
            await self.websocket.send_bytes(text)

    async def received(self, *, quiet_for: float | None = None) -> AsyncIterator[Json | bytes]:
        """What the plugin sends, until it closes; raises TimeoutError after `quiet_for` seconds of nothing."""
        while not self.websocket.closed:
            message = await self.websocket.receive(timeout=quiet_for)
            if message.type == WSMsgType.BINARY:
                yield bytes(message.data)
            elif message.type == WSMsgType.TEXT:
                said = _object(message.data)
                if said is None:
                    await self.send(self._provider.complain(Refusal(400, "the message is no JSON object"), {}))
                else:
                    yield said
            else:
                return


class Stream(_Outlet):
    """An HTTP answer in pieces: server-sent events, or sound."""

    def __init__(self, provider: Provider, visit: Visit, content_type: str = "text/event-stream") -> None:
        super().__init__(provider, visit)
        self.response = web.StreamResponse(headers={"Content-Type": content_type, "x-request-id": "req_sandbox"})

    async def open(self) -> "Stream":
        await self.response.prepare(self._visit.http)
        return self

    async def event(self, data: Json | str, *, kind: str = "", named: bool = False) -> None:
        """One server-sent event; `named` puts its kind in front of it, as some of OpenAI's endpoints do."""
        text = data if isinstance(data, str) else json.dumps(data)
        await self.piece(f"event: {kind}\ndata: {text}\n\n" if named else f"data: {text}\n\n", kind=kind)

    async def piece(self, payload: str | bytes, *, kind: str) -> None:
        passed = await self._passed(kind, payload)
        if passed is not None:
            await self.response.write(passed.encode() if isinstance(passed, str) else passed)


def _object(text: str) -> Json | None:
    try:
        said = json.loads(text)
    except json.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None
