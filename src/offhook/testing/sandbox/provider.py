"""The common part of all emulated providers: records the request, calls the hook, checks the API key, and answers."""

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from aiohttp import WSMsgType, web

from offhook.testing.sandbox.hook import Disconnect, Event, Hook, How, Json, Name, Refusal, Request

__all__ = ["REFUSED_KEY", "Answering", "Exchange", "Provider", "Route", "Socket", "Stream"]

REFUSED_KEY = "refused"
"""Every emulated provider refuses this API key, and accepts every other key."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """An accepted HTTP request or connection."""

    http: web.Request
    request: Request

    @property
    def body(self) -> Json:
        return dict(self.request.body)


Answering = Callable[[Exchange], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """A path of a provider, and the function that answers the requests to this path."""

    how: How
    path: str
    answer: Answering


class Provider(ABC):
    """The server side of one emulated provider."""

    name: ClassVar[Name]
    wording: ClassVar[dict[int, tuple[str, str]]] = {}
    """For each HTTP status, the provider's error code and message, which are used if the `Refusal` has none."""

    def __init__(self, keep: Callable[[Request], None]) -> None:
        self.hook = Hook()
        self._keep = keep

    @abstractmethod
    def routes(self) -> Sequence[Route]: ...

    @abstractmethod
    def key(self, http: web.Request) -> tuple[str, str]:
        """Return the authentication scheme and the API key of a request."""

    @abstractmethod
    def refuse(self, refusal: Refusal, http: web.Request) -> web.Response:
        """Return the error response to an HTTP request, in the provider's format."""

    @abstractmethod
    def complain(self, refusal: Refusal, about: Json) -> Json:
        """Return the error message that answers the message `about` on a websocket, in the provider's format."""

    def handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(http: web.Request) -> web.StreamResponse:
            try:
                return await self._answer(route, http)
            except (Disconnect, ConnectionError):  # a hook cut the connection, or the plugin closed it early
                if http.transport is not None:
                    http.transport.abort()
                return web.Response()

        return handle

    def worded(self, refusal: Refusal) -> Refusal:
        code, message = self.wording.get(refusal.status, ("", "refused by the sandbox"))
        return replace(refusal, code=refusal.code or code, message=refusal.message or message)

    async def admit(self, request: Request) -> Refusal | None:
        """Record the request and return the hook's refusal, if any."""
        self._keep(request)
        return await self.hook.before_answer(request)

    async def _answer(self, route: Route, http: web.Request) -> web.StreamResponse:
        auth, key = self.key(http)
        query = {name: ",".join(http.query.getall(name)) for name in http.query}
        request = Request(self.name, http.path, route.how, {}, query, auth)
        try:
            request = replace(request, body=await _body(http))
        except ValueError:
            return self.refuse(Refusal(400, "the body is not a JSON object"), http)
        refusal = await self.admit(request)
        if not key or key == REFUSED_KEY:
            refusal = Refusal(401)
        if refusal is not None:
            return self.refuse(self.worded(refusal), http)
        return await route.answer(Exchange(http, request))


async def _body(http: web.Request) -> Json:
    """Return the fields of the request body, a JSON object or a form; a file in a form is replaced by its name."""
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


class _Sender:
    """Counts the events, and passes each event to the hook before the event is sent."""

    def __init__(self, provider: Provider, exchange: Exchange) -> None:
        self._provider, self._exchange, self._number = provider, exchange, 0

    async def _hooked(self, kind: str, payload: str | bytes) -> str | bytes | None:
        event = Event(self._provider.name, self._exchange.request.path, kind, self._number, payload)
        self._number += 1
        try:
            return await self._provider.hook.before_event(event)
        except Disconnect:
            if self._exchange.http.transport is not None:
                self._exchange.http.transport.abort()
            raise


class Socket(_Sender):
    """A websocket that sends JSON and receives JSON and audio."""

    def __init__(self, provider: Provider, exchange: Exchange) -> None:
        super().__init__(provider, exchange)
        self.websocket = web.WebSocketResponse()

    async def open(self) -> "Socket":
        await self.websocket.prepare(self._exchange.http)
        return self

    async def send(self, event: Json) -> None:
        text = await self._hooked(str(event.get("type", "")), json.dumps(event))
        if isinstance(text, str):
            await self.websocket.send_str(text)
        elif text is not None:
            await self.websocket.send_bytes(text)

    async def received(self, *, quiet_for: float | None = None) -> AsyncIterator[Json | bytes]:
        """Yield messages until the websocket closes; raise TimeoutError after `quiet_for` seconds without a message."""
        while not self.websocket.closed:
            message = await self.websocket.receive(timeout=quiet_for)
            if message.type == WSMsgType.BINARY:
                yield bytes(message.data)
            elif message.type == WSMsgType.TEXT:
                parsed = _object(message.data)
                if parsed is None:
                    await self.send(self._provider.complain(Refusal(400, "the message is not a JSON object"), {}))
                else:
                    yield parsed
            else:
                return


class Stream(_Sender):
    """A streamed HTTP response: server-sent events or audio."""

    def __init__(self, provider: Provider, exchange: Exchange, content_type: str = "text/event-stream") -> None:
        super().__init__(provider, exchange)
        self.response = web.StreamResponse(headers={"Content-Type": content_type, "x-request-id": "req_sandbox"})

    async def open(self) -> "Stream":
        await self.response.prepare(self._exchange.http)
        return self

    async def event(self, data: Json | str, *, kind: str = "", named: bool = False) -> None:
        """Send one server-sent event; `named` adds an `event:` line, as some of OpenAI's endpoints do."""
        text = data if isinstance(data, str) else json.dumps(data)
        await self.piece(f"event: {kind}\ndata: {text}\n\n" if named else f"data: {text}\n\n", kind=kind)

    async def piece(self, payload: str | bytes, *, kind: str) -> None:
        sent = await self._hooked(kind, payload)
        if sent is not None:
            await self.response.write(sent.encode() if isinstance(sent, str) else sent)


def _object(text: str) -> Json | None:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None
