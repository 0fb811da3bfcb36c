"""Builds the web application, which has a route for each command in `COMMANDS` and an open client for each sender."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from offhook.api.access import LOCAL, Sender, sender_of
from offhook.api.commands import results, sender, unknown_verb
from offhook.api.events import EventStreams
from offhook.api.openapi import openapi
from offhook.api.problems import problems_as_json
from offhook.api.reads import Answering, all_calls, answer, reader, state, transcript
from offhook.control.client import Client
from offhook.core.commands import COMMANDS, Command, Query, Role
from offhook.core.commands.keys import CommandKey

__all__ = ["CALL", "OpenClient", "application"]

CALLS: Final = "/v1/calls"
CALL: Final = f"{CALLS}/{{room}}"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class OpenClient(Protocol):
    """A function that creates the client of one sender. For example, the class `Client` creates a client of the
    LiveKit server in the settings.
    """

    def __call__(self, *, by: str, role: Role) -> Client: ...


def application(client: OpenClient = Client, *, keys: Sequence[CommandKey] = ()) -> web.Application:
    """Return the HTTP API of running calls, to be served alone, or inside another application `app` with
    `app.add_subapp("/calls-api/", ...)`.

    `client(by=..., role=...)` makes the client of a sender. The default is `Client`, which connects to the LiveKit
    server in the settings. `keys` are the API keys that senders give as bearer tokens, for example
    `load_settings().own_api_keys`. Without API keys, only programs on this machine may send requests.
    """
    app = web.Application(middlewares=[problems_as_json])
    app.router.add_routes(_Routes(client, keys).table(COMMANDS, app))
    app.on_response_prepare.append(_add_headers)
    return app


class _Routes:
    """The routes of one application, and one open client for each sender."""

    def __init__(self, client: OpenClient, keys: Sequence[CommandKey]) -> None:
        self._open = client
        self._keys = keys
        self._clients: dict[Sender, Client] = {}

    def table(self, commands: Mapping[str, type[Command]], app: web.Application) -> Sequence[web.AbstractRouteDef]:
        """Return all routes of the API. Every command in `commands` has a route."""
        streams = EventStreams()
        app.cleanup_ctx.append(self._connected)
        app.on_shutdown.append(streams.close)
        read = {"state": (CALL, state), "transcript": (f"{CALL}/transcript", transcript)}
        read["result"] = (f"{CALL}/commands/{{id}}", results)
        routes = [web.get("/healthz", _healthy), web.get("/openapi.json", _openapi(commands))]
        routes += [self._get(CALLS, all_calls), self._get(f"{CALL}/events", streams.events)]
        for name, kind in commands.items():
            if issubclass(kind, Query):
                routes.append(self._get(*read.get(name, (f"{CALL}/{name}", reader(name)))))
            else:
                routes.append(web.post(f"{CALL}/{name}", self._authenticated(sender(kind))))
        return [*routes, web.post(f"{CALL}/{{verb}}", self._authenticated(unknown_verb))]

    def _get(self, path: str, handler: Answering) -> web.RouteDef:
        return web.get(path, self._authenticated(handler), allow_head=False)

    def _authenticated(self, handler: Answering) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await handler(request, self._clients[sender_of(request, self._keys)])

        return handle

    async def _connected(self, _app: web.Application) -> AsyncIterator[None]:
        """Keep the senders' clients open while the application runs. Opening a client sends no request to LiveKit."""
        senders = [Sender(key.name, key.role) for key in self._keys] or [LOCAL]
        async with AsyncExitStack() as stack:
            for one in senders:
                client = self._open(by=one.name, role=one.role)
                self._clients[one] = await stack.enter_async_context(client)
            yield


async def _healthy(_request: web.Request) -> web.StreamResponse:
    return answer({"status": "ok"})


def _openapi(commands: Mapping[str, type[Command]]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(openapi(commands, base=request.path.removesuffix("/openapi.json") or "/"))

    return handle


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
