"""Restricts who may send HTTP requests to the page's server, and what a browser may do with the responses.

The page's server issues tokens for calls to the agent. Therefore only the page can request tokens and data. The header
`Host` must be a name of this machine, which stops DNS rebinding. A request that does more than read a file also needs
the page's own address in the header `Origin`.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from offhook.core.errors import SettingsError

__all__ = ["guarded", "headers"]

NAMES: Final = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
NETLOC: Final = re.compile(r"[A-Za-z0-9.\-_\[\]:]+")
CLOUD: Final = (".livekit.cloud", ".livekit.run")


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request with a wrong `Host`. If a request does more than read a file, also refuse a wrong `Origin`."""
    host = request.headers.get("Host", "")
    if not NAMES.fullmatch(host):
        raise web.HTTPForbidden(text="open the page on the same machine, at the address that was printed\n")
    reads_a_file = request.method in ("GET", "HEAD") and "Upgrade" not in request.headers
    if not reads_a_file and request.headers.get("Origin") != f"http://{host}":
        raise web.HTTPForbidden(text="only the page itself may send this request\n")
    return await handler(request)


def headers(livekit_url: str, *, microphone: bool = True) -> dict[str, str]:
    """Return the headers of every HTTP response. With these headers, the page can run only its own scripts, and connect
    only to LiveKit and to this server.
    """
    allowed = "(self)" if microphone else "()"
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": " ".join(["'self'", *_reachable(livekit_url)]),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": f"microphone={allowed}, camera=(), geolocation=(), display-capture=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def _reachable(livekit_url: str) -> list[str]:
    """Return the WebSocket and HTTP addresses of the LiveKit server.

    livekit-client uses HTTP to get the reason for a refused connection, and the regions of LiveKit Cloud.
    """
    parts = urlsplit(livekit_url)
    if not NETLOC.fullmatch(parts.netloc):
        raise SettingsError("LIVEKIT_URL is not an address for a browser; use ws://HOST:PORT or wss://HOST")
    secure = "s" if parts.scheme in ("wss", "https") else ""
    hosts = [parts.netloc, *(f"*{cloud}" for cloud in CLOUD if (parts.hostname or "").endswith(cloud))]
    return [f"{scheme}{secure}://{host}" for host in hosts for scheme in ("ws", "http")]
