"""An emulated SIP service for a real livekit-server: answers the requests to dial and to transfer a phone.

livekit-server answers these requests only together with livekit-sip, Redis and a carrier. Therefore this service is a
proxy in front of the server, and answers these requests itself, with scripted phones. The proxy forwards all other
requests to the server, and also the connections of participants and workers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web
from google.protobuf.message import Message
from livekit import api

from offhook.testing.live.callee import Callee, TransferReply
from offhook.testing.live.caller import Caller
from offhook.testing.live.sip_service_calls import EmulatedCalls
from offhook.testing.live.waiting import WaitTimeoutError

__all__ = ["SipService"]

_HOP = frozenset(("host", "connection", "upgrade", "transfer-encoding", "content-length", "content-encoding"))
_LARGEST = 16 * 2**20


class SipService:
    """Use with `async with`. Agents, workers and clients must connect to this object's `url`, not to the server's URL.

    The first dialled phone acts as the first of `callees`, the second phone as the second callee, and so on. If more
    phones are dialled, they act as the last callee. `phones` has the dialled phones as scripted callers. `transfer` is
    the result of each transfer.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str,
        api_secret: str,
        callees: Sequence[Callee] = (Callee(),),
        transfer: TransferReply = TransferReply(),  # noqa: B008  # frozen
        trunks: Sequence[str] = ("ST_test",),
    ) -> None:
        self._server = "http" + url.removeprefix("ws")
        self._calls = EmulatedCalls(url, key=api_key, secret=api_secret, callees=callees, trunks=trunks)
        self._calls.transfer_reply = transfer
        self._routes: dict[str, tuple[type[Message], Callable[[Any], Awaitable[Message]]]] = {
            "CreateSIPParticipant": (api.CreateSIPParticipantRequest, self._calls.dial),
            "TransferSIPParticipant": (api.TransferSIPParticipantRequest, self._calls.transfer),
        }
        self.url = ""

    @property
    def requests(self) -> list[Message]:
        """The requests to the SIP service so far, in order."""
        return self._calls.requests

    @property
    def phones(self) -> dict[str, Caller]:
        """The dialled phones by identity; a later phone with the same identity replaces an earlier one."""
        return self._calls.phones

    async def dialled(self, identity: str, *, timeout: float = 10.0) -> Caller:  # noqa: ASYNC109  # the error says what was awaited
        """Wait until the phone with this identity is dialled and in the room; returns the phone."""
        phone = await self._calls.changed.until(
            lambda: self.phones.get(identity), over=asyncio.Event(), seconds=timeout
        )
        if phone is None:
            raise WaitTimeoutError(f"no phone {identity!r} was dialled within {timeout:g} s")
        return phone

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"ws://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._calls.close()
        await self._http.close()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        service, _, method = request.path.rpartition("/")
        if service == "/twirp/livekit.SIP" and (route := self._routes.get(method)) is not None:
            return await self._answer(request, *route)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._connect(request)
        url, body = self._server + request.path_qs, await request.read()
        async with self._http.request(request.method, url, headers=_passed(request), data=body) as reply:
            headers = {name: value for name, value in reply.headers.items() if name.lower() not in _HOP}
            return web.Response(status=reply.status, headers=headers, body=await reply.read())

    async def _answer(
        self, request: web.Request, kind: type[Message], handler: Callable[[Any], Awaitable[Message]]
    ) -> web.Response:
        try:
            self._calls.authorize(request.headers.get("Authorization", ""))
            message = kind.FromString(await request.read())
            reply = await handler(message)
        except api.ServerError as error:
            body = {"code": error.code, "msg": error.message, "meta": error.metadata}
            return web.json_response(body, status=error.status)
        return web.Response(body=reply.SerializeToString(), content_type="application/protobuf")

    async def _connect(self, request: web.Request) -> web.WebSocketResponse:
        """Forward the messages of a WebSocket in both directions, until either side closes it."""
        url = "ws" + self._server.removeprefix("http") + request.path_qs
        async with self._http.ws_connect(url, headers=_passed(request), max_msg_size=0) as upstream:
            downstream = web.WebSocketResponse(max_msg_size=0, autoping=False)
            await downstream.prepare(request)
            ways = [
                asyncio.create_task(_pump(downstream, upstream), name="to the server"),
                asyncio.create_task(_pump(upstream, downstream), name="from the server"),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                await downstream.close()
        return downstream


_Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _pump(source: _Socket, target: _Socket) -> None:
    async for message in source:
        match message.type:
            case aiohttp.WSMsgType.BINARY:
                await target.send_bytes(message.data)
            case aiohttp.WSMsgType.TEXT:
                await target.send_str(message.data)
            case aiohttp.WSMsgType.PING:
                await target.ping(message.data)
            case aiohttp.WSMsgType.PONG:
                await target.pong(message.data)


def _passed(request: web.Request) -> dict[str, str]:
    """Return the headers to pass on. Headers that aiohttp sets for each connection are left out."""
    names = _HOP | {name for name in map(str.lower, request.headers) if name.startswith("sec-websocket-")}
    return {name: value for name, value in request.headers.items() if name.lower() not in names}
