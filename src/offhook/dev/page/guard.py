"""Who may ask, and what a browser may do with the answer.

The page hands out tokens for the agent, so it answers only to itself: a name of this machine in `Host` (a foreign name
that was made to lead here is another site's trick), and its own origin in whatever does more than show a file.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from offhook.core.errors import SettingsError

__all__ = ["guarded", "headers"]

NAMES: Final = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
PLACE: Final = re.compile(r"[A-Za-z0-9.\-_\[\]:]+")
CLOUD: Final = (".livekit.cloud", ".livekit.run")


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse whoever is not the page itself."""
    host = request.headers.get("Host", "")
    if not NAMES.fullmatch(host):
        raise web.HTTPForbidden(text="open the talk page at the address that `dev` printed, on the same machine\n")
    shows_a_file = request.method in ("GET", "HEAD") and "Upgrade" not in request.headers
    if not shows_a_file and request.headers.get("Origin") != f"http://{host}":
        raise web.HTTPForbidden(text="only the talk page itself may ask for this\n")
    return await handler(request)


def headers(livekit_url: str) -> dict[str, str]:
    """What every answer carries: nothing but our own files runs, nothing but LiveKit and we are spoken to."""
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
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), display-capture=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def _reachable(livekit_url: str) -> list[str]:
    """The server's addresses; livekit-client asks over HTTP why it was refused, and in the cloud for regions."""
    parts = urlsplit(livekit_url)
    if not PLACE.fullmatch(parts.netloc):
        raise SettingsError("LIVEKIT_URL is no address for a browser; use ws://HOST:PORT or wss://HOST")
    secure = "s" if parts.scheme in ("wss", "https") else ""
    places = [parts.netloc, *(f"*{cloud}" for cloud in CLOUD if (parts.hostname or "").endswith(cloud))]
    return [f"{scheme}{secure}://{place}" for place in places for scheme in ("ws", "http")]
