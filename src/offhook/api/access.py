"""Finds the sender of a request: the holder of an API key or, if no API keys are set, a program on this machine.

A browser on this machine also runs pages of other sites. Therefore, if no API keys are set, the server refuses a
request from the page of another site. To stop DNS rebinding, the server also refuses a request whose header `Host` does
not name this machine. If API keys are set, the server checks only the key, because a browser does not send the key
automatically.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from offhook.api.problems import RefusedError
from offhook.core.commands import Role
from offhook.core.commands.keys import CommandKey

__all__ = ["LOCAL", "Sender", "loopback", "sender_of"]

PROXIED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")
_WELCOME_SITES: Final = ("", "none", "same-origin")


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of a request: the name that the calls' journals record, and the role."""

    name: str
    role: Role


LOCAL: Final = Sender("local", "supervisor")
"""The sender of every request if no API keys are set."""


def sender_of(request: web.Request, keys: Sequence[CommandKey]) -> Sender:
    """Return the sender of the request.

    Raises `RefusedError` if API keys are set and the request has no valid key. If no API keys are set, raises
    `RefusedError` if the request breaks one of these rules. It must come directly from a program on this machine, and
    not from the page of another site. Its `Host` must name this machine.
    """
    if keys:
        return _holder(request, keys)
    _check_local(request)
    return LOCAL


def loopback(host: str) -> bool:
    """Return True for `localhost`, and for an IP address that only programs on the same machine can reach."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _holder(request: web.Request, keys: Sequence[CommandKey]) -> Sender:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        raise RefusedError("unauthorized", "send a key of OFFHOOK_API_KEYS: `Authorization: Bearer SECRET`")
    digest = _digest(given.strip().encode(errors="replace"))
    # Every key is compared, so that the response time reveals no key.
    found = [key for key in keys if hmac.compare_digest(_digest(key.secret), digest)]
    if not found:
        raise RefusedError("unauthorized", "the key is not one of OFFHOOK_API_KEYS")
    return Sender(found[0].name, found[0].role)


def _digest(secret: bytes) -> bytes:
    """Return a hash whose length and bytes reveal nothing about the secret."""
    return hashlib.sha256(secret).digest()


def _check_local(request: web.Request) -> None:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not (isinstance(peer, tuple) and loopback(str(peer[0]))):
        raise RefusedError("unauthorized", "there are no keys, so only this machine may send; set OFFHOOK_API_KEYS")
    if any(name in request.headers for name in PROXIED):
        raise RefusedError("unauthorized", "the request came through a proxy, which needs keys; set OFFHOOK_API_KEYS")
    host = request.headers.get("Host", "")
    if not _names_this_machine(host):
        raise RefusedError(
            "local_only", "without keys, the Host must be a name of this machine: localhost or 127.0.0.1"
        )
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "")
    if origin not in (None, f"{request.scheme}://{host}") or site not in _WELCOME_SITES:
        raise RefusedError("local_only", "without keys, the page of another site may not send requests")


def _names_this_machine(host: str) -> bool:
    try:
        parts = urlsplit(f"//{host}")
        return parts.netloc == host and "@" not in host and loopback(parts.hostname or "") and (parts.port or 1) > 0
    except ValueError:
        return False
