"""Checks that the LiveKit server accepts the API key, lets a worker register, and has the right time."""

import asyncio
import ipaddress
import re
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
from livekit.protocol import agent as wire

from offhook.checks.finding import Finding, ok, problem, skipped, warning
from offhook.checks.http_errors import http_error
from offhook.checks.secrets import redact_url
from offhook.checks.web import Answer, Endpoint, Route, fetch, unreachable
from offhook.tokens import Grant, server_token

__all__ = ["Access", "check_clock", "check_server"]

NEEDED = (1, 9, 2)
"""The first version of livekit-server that delivers commands to a running call."""

SKEW = 5.0
"""Maximum seconds between the clocks of two machines. With a larger difference, tokens and commands can be refused."""

NAME = "offhook-check"
"""The agent name under which the check registers a worker for a moment; no calls are dispatched to this name."""

_CHECK_BOTH = "check LIVEKIT_API_KEY and LIVEKIT_API_SECRET: both must belong together, and to this server"


@dataclass(frozen=True, slots=True)
class Access:
    """The address of a LiveKit server, with an API key of this server and the key's secret."""

    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def place(self) -> Endpoint:
        return Endpoint(self.url, "LIVEKIT_URL", "LIVEKIT_API_SECRET")

    @property
    def web(self) -> str:
        """The address for HTTP requests."""
        scheme, _, rest = self.url.partition("://")
        return f"{ {'ws': 'http', 'wss': 'https'}.get(scheme, scheme) }://{rest.rstrip('/')}"


async def check_server(access: Access, *, route: Route, limit: float) -> Finding:
    """Check that the server accepts API requests and registers a worker; report the server's version."""
    try:
        async with asyncio.timeout(limit):
            answer = await _rooms(access)
            refused = _refused(answer, access) or http_error(answer, access.place)
            return refused or await _register(access, route)
    except aiohttp.WSServerHandshakeError as error:
        todo = "check LIVEKIT_URL, and that no proxy on the way blocks WebSockets"
        return problem(
            f"{redact_url(access.url)} accepts the key, but refuses to register a worker ({error.status})", todo
        )
    except (aiohttp.ClientError, OSError, ValueError) as error:  # a timeout is an OSError
        return unreachable(error, access.place)


async def check_clock(access: Access, *, limit: float) -> Finding:
    """Compare this machine's clock with the server's clock."""
    began = time.time()
    try:
        async with asyncio.timeout(limit):
            answer = await fetch(access.web, headers={}, route=Route())
        server_time = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (aiohttp.ClientError, OSError, KeyError, ValueError):
        return skipped("the server's answer has no time")
    ended = time.time()
    # The server rounds its time down to a full second, and reads the clock at some moment between request and answer.
    ahead = (began + ended) / 2 - (server_time + 0.5)
    if abs(ahead) - (ended - began) / 2 - 0.5 <= SKEW:
        return ok("agrees with the server's")
    which = "ahead of" if ahead > 0 else "behind"
    todo = "set this machine's clock (NTP), or the server's: tokens and commands are refused if the clocks differ"
    return warning(f"about {abs(ahead):.0f} s {which} the server's", todo)


async def _rooms(access: Access) -> Answer:
    rights: tuple[Grant, ...] = ("roomList",)
    token = server_token(api_key=access.key, api_secret=access.secret, grants=rights)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    path = "/twirp/livekit.RoomService/ListRooms"
    body = f'{{"names": ["{NAME}"]}}'
    return await fetch(access.web + path, headers=headers, route=Route(), method="POST", body=body)


def _refused(answer: Answer, access: Access) -> Finding | None:
    """Return why the server refuses the API key. The server's own text is not shown, because this text may contain the
    token.
    """
    if answer.status != 401:
        return None
    at, text = redact_url(access.url), answer.text.lower()
    if "invalid api key" in text:
        return problem(f"{at} has no such key", "check LIVEKIT_API_KEY: is it from this server or project?")
    if "signature is invalid" in text:
        todo = "check LIVEKIT_API_SECRET: it must be the secret that was created with LIVEKIT_API_KEY"
        return problem(f"{at} has this key, but the secret is wrong", todo)
    if "not valid yet" in text or "expired" in text:
        return problem(f"{at} says that the token is expired or not valid yet", "set this machine's clock (NTP)")
    return problem(f"{at} refuses the key and secret (401)", _CHECK_BOTH)


async def _register(access: Access, route: Route) -> Finding:
    """Register as a worker under a name that gets no dispatches. Then disconnect."""
    token = server_token(api_key=access.key, api_secret=access.secret, grants=["agent"])
    headers = {"Authorization": f"Bearer {token}"}
    request = wire.WorkerMessage(register=wire.RegisterWorkerRequest(type=wire.JobType.JT_ROOM, agent_name=NAME))
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{access.web}/agent", headers=headers, proxy=route.proxy) as socket,
    ):
        await socket.send_bytes(request.SerializeToString())
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                info = wire.ServerMessage.FromString(message.data).register.server_info
                return _welcome(access, info.version)
    todo = "look at the server's log: does the server support agents?"
    return problem(f"{redact_url(access.url)} accepts the key, but disconnects a worker that registers", todo)


def _welcome(access: Access, version: str) -> Finding:
    detail = f"{redact_url(access.url)}: key and secret accepted, livekit-server {version or 'of unknown version'}"
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    if found and tuple(map(int, found.groups())) < NEEDED:
        needed = ".".join(map(str, NEEDED))
        return warning(
            detail, f"upgrade the server to {needed} or newer: older versions do not deliver commands to running calls"
        )
    if urlsplit(access.url).scheme in ("ws", "http") and not _private(access.url):
        return warning(f"{detail}, without TLS", "use wss://; otherwise calls and tokens are not encrypted")
    return ok(detail)


def _private(url: str) -> bool:
    """Return True for an address on this machine or in a private network."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))
    return address.is_private or address.is_loopback
