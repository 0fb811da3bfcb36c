"""Serves MCP over streamable HTTP. Checks bearer keys. Checks Host and Origin to prevent DNS rebinding."""

import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Final

import uvicorn
from mcp.server import Server
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware, get_access_token
from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_REQUEST
from starlette.applications import Starlette
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from offhook.core.commands.keys import CommandKey
from offhook.core.errors import ServerError, SettingsError
from offhook.mcp_server.access import Access

__all__ = ["PATH", "Keys", "application", "listening_socket", "serve"]

PATH: Final = "/mcp"
_PROXIED: Final = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via")


class Keys:
    """Verifies the bearer key of each request, and returns the `Access` of the key's owner."""

    def __init__(self, keys: Sequence[CommandKey], access: Mapping[str, Access]) -> None:
        self._keys = keys
        self._access = access

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return the owner of this key, or None. The key is compared with every known key, so that the response time
        reveals nothing about the known keys.
        """
        given = _digest(token.encode(errors="replace"))
        owners = [key for key in self._keys if hmac.compare_digest(_digest(key.secret), given)]
        return AccessToken(token=token, client_id=owners[0].name, scopes=[owners[0].role]) if owners else None

    def who_asks(self) -> Access:
        """Return the `Access` of the person who sent the current request."""
        token = get_access_token()
        if token is None:
            raise MCPError(INVALID_REQUEST, "unsigned: the request has no key")
        return self._access[token.client_id]


class NotProxied:
    """Refuses requests that came through a proxy. The server uses this class if it has no keys: then only programs on
    this machine may send requests.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and any(name in _PROXIED for name, _ in scope["headers"]):
            text = "the request came through a proxy, which needs keys; set OFFHOOK_API_KEYS"
            await Response(text, status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def application(server: Server[Any], *, hosts: Sequence[str], keys: Keys | None) -> Starlette:
    """Return the web application. `hosts` are the permitted values of a Host header, with or without a port."""
    origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        transport_security=TransportSecuritySettings(allowed_hosts=list(hosts), allowed_origins=origins),
        token_verifier=keys,
    )
    if keys is None:
        app.add_middleware(NotProxied)
    else:  # the SDK adds these middlewares only for OAuth; the one that is added last runs first
        app.add_middleware(AuthContextMiddleware)
        app.add_middleware(AuthenticationMiddleware, backend=BearerAuthBackend(keys))
    return app


def listening_socket(address: str, *, keys: bool, names: Sequence[str]) -> tuple[socket.socket, Sequence[str]]:
    """Return a socket that listens at `address` (HOST:PORT), and the permitted values of a request's Host header.

    Without keys, `address` must be a loopback address. `names` are further permitted host names, for example the name
    of a proxy.
    """
    host, port = _split(address)
    local = _is_loopback(host)
    if not local and not keys:
        raise SettingsError(
            f"--http {address} can be reached from other machines, and OFFHOOK_API_KEYS is empty; set keys, or listen "
            f"on 127.0.0.1:{port}"
        )
    if _is_wildcard(host) and not names:
        raise SettingsError(
            f"--http {address} listens on every address; give the name that clients use with --allow-host"
        )
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ServerError(f"cannot listen at {address} ({error.strerror or error}); choose another --http") from error
    port = listening.getsockname()[1]
    own = ("127.0.0.1", "localhost", "[::1]") if local else () if _is_wildcard(host) else (_bracketed(host),)
    return listening, [*(f"{one}:{port}" for one in own), *names, *(f"{one}:*" for one in names if ":" not in one)]


async def serve(app: Starlette, listening: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM. After the signal, open streams have 2 s to end."""
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=2)
    await uvicorn.Server(config).serve(sockets=[listening])


def _digest(secret: bytes) -> bytes:
    """Return a hash that reveals neither the length nor the bytes of the secret."""
    return hashlib.sha256(secret).digest()


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise SettingsError(f"--http {address!r} is not an address; write for example 127.0.0.1:8765")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    address = _ip(host)
    return host == "localhost" if address is None else address.is_loopback


def _is_wildcard(host: str) -> bool:
    address = _ip(host)
    return address is not None and address.is_unspecified


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
