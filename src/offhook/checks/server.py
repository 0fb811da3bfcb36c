"""Asks the LiveKit server whether it takes the key, lets a worker register, and has the right time."""

import asyncio
import ipaddress
import re
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
import jwt
from livekit.protocol import agent as wire

from offhook.checks.finding import Finding, ok, problem, skipped, warning
from offhook.checks.refusals import refusal
from offhook.checks.secrets import shown
from offhook.checks.web import Answer, Place, Route, fetch, unreachable
from offhook.tokens import Grant, server_token

__all__ = ["Access", "look_at_clock", "look_at_server"]

NEEDED = (1, 9, 2)
"""The first version through which commands reach a running call."""

SKEW = 5.0
"""Seconds by which clocks may differ before tokens and commands are refused."""

NAME = "offhook-check"
"""Registered for a moment; nobody sends calls to it."""

_CHECK_BOTH = "check LIVEKIT_API_KEY and LIVEKIT_API_SECRET: they belong together, and to this server"


@dataclass(frozen=True, slots=True)
class Access:
    """A LiveKit server and the right to use it."""

    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def place(self) -> Place:
        return Place(self.url, "LIVEKIT_URL", "LIVEKIT_API_SECRET")

    @property
    def web(self) -> str:
        """The address for plain requests."""
        scheme, _, rest = self.url.partition("://")
        return f"{ {'ws': 'http', 'wss': 'https'}.get(scheme, scheme) }://{rest.rstrip('/')}"


async def look_at_server(access: Access, *, route: Route, limit: float) -> Finding:
    """Whether our commands and our worker are let in, and which version it is."""
    try:
        async with asyncio.timeout(limit):
            answer = await _rooms(access)
            refused = _refused(answer, access) or refusal(answer, access.place)
            return refused or await _register(access, route)
    except aiohttp.WSServerHandshakeError as error:
        todo = "check LIVEKIT_URL, and whether a proxy on the way lets WebSockets through"
        return problem(f"{shown(access.url)} takes the key, but lets no worker register ({error.status})", todo)
    except (aiohttp.ClientError, OSError, ValueError) as error:  # a timeout is an OSError
        return unreachable(error, access.place)


async def look_at_clock(access: Access, *, limit: float) -> Finding:
    """How far this clock is from the server's."""
    began = time.time()
    try:
        async with asyncio.timeout(limit):
            answer = await fetch(access.web, headers={}, route=Route())
        told = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (aiohttp.ClientError, OSError, KeyError, ValueError):
        return skipped("the server does not tell its time")
    ended = time.time()
    # The server cuts its time to whole seconds; it was told somewhere between asking and hearing.
    ahead = (began + ended) / 2 - (told + 0.5)
    if abs(ahead) - (ended - began) / 2 - 0.5 <= SKEW:
        return ok("agrees with the server's")
    which = "ahead of" if ahead > 0 else "behind"
    todo = "set this machine's clock (NTP), or the server's: tokens and commands are refused by clocks that differ"
    return warning(f"about {abs(ahead):.0f} s {which} the server's", todo)


async def _rooms(access: Access) -> Answer:
    rights: tuple[Grant, ...] = ("roomList",)
    token = server_token(api_key=access.key, api_secret=access.secret, grants=rights)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    path = "/twirp/livekit.RoomService/ListRooms"
    body = f'{{"names": ["{NAME}"]}}'
    return await fetch(access.web + path, headers=headers, route=Route(), method="POST", body=body)


def _refused(answer: Answer, access: Access) -> Finding | None:
    """What the server has against the key; its words hold the token, so they are not repeated."""
    if answer.status != 401:
        return None
    at, told = shown(access.url), answer.text.lower()
    if "invalid api key" in told:
        return problem(f"{at} does not know the key", "check LIVEKIT_API_KEY: is it of this server or project?")
    if "signature is invalid" in told:
        todo = "check LIVEKIT_API_SECRET: it must be the one made together with LIVEKIT_API_KEY"
        return problem(f"{at} knows the key, but the secret is wrong", todo)
    if "not valid yet" in told or "expired" in told:
        return problem(f"{at} finds our token out of its time", "set this machine's clock right (NTP)")
    return problem(f"{at} refuses the key and secret (401)", _CHECK_BOTH)


async def _register(access: Access, route: Route) -> Finding:
    """Register as a worker does, under a name that nobody sends for, and leave."""
    now = int(time.time())
    claims = {"iss": access.key, "nbf": now, "exp": now + 60, "video": {"agent": True}}
    headers = {"Authorization": f"Bearer {jwt.encode(claims, access.secret, algorithm='HS256')}"}
    asked = wire.WorkerMessage(register=wire.RegisterWorkerRequest(type=wire.JobType.JT_ROOM, agent_name=NAME))
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{access.web}/agent", headers=headers, proxy=route.proxy) as socket,
    ):
        await socket.send_bytes(asked.SerializeToString())
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                info = wire.ServerMessage.FromString(message.data).register.server_info
                return _welcome(access, info.version)
    todo = "look into the server's log; does it run agents?"
    return problem(f"{shown(access.url)} takes the key, but hangs up on a worker that registers", todo)


def _welcome(access: Access, version: str) -> Finding:
    detail = f"{shown(access.url)}: key and secret accepted, livekit-server {version or 'of unknown version'}"
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    if found and tuple(map(int, found.groups())) < NEEDED:
        needed = ".".join(map(str, NEEDED))
        return warning(detail, f"upgrade it to {needed} or newer: commands to running calls do not work before")
    if urlsplit(access.url).scheme in ("ws", "http") and not _near(access.url):
        return warning(f"{detail}, without TLS", "use wss://: calls and tokens travel unencrypted otherwise")
    return ok(detail)


def _near(url: str) -> bool:
    """An address on this machine or in a network of one's own."""
    host = urlsplit(url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))
    return address.is_private or address.is_loopback
