"""Asks an address over HTTP and says in words why it does not answer."""

import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from offhook.checks.finding import Finding, problem
from offhook.checks.secrets import shown

__all__ = ["Answer", "Place", "Route", "fetch", "unreachable"]

BODY = 4 * 1024 * 1024
"""Bytes of an answer that are read; the longest list of models is a tenth of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask, and the variables that lead there: they are what a person can change."""

    url: str
    url_name: str = ""
    key_name: str = ""

    @property
    def advice(self) -> str:
        """What to check when the address is wrong."""
        return f"check {self.url_name}" if self.url_name else "check this machine's network and DNS"


@dataclass(frozen=True, slots=True)
class Route:
    """The way out: LiveKit's sessions take one proxy for everything, OpenAI's client goes by the usual variables."""

    proxy: str | None = None
    usual: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `data` is None when it is not JSON."""

    status: int
    headers: Mapping[str, str]
    text: str
    data: object

    @property
    def page(self) -> bool:
        """A web page, which no API answers with."""
        return "html" in self.headers.get("Content-Type", "") or self.text.lstrip().startswith("<")


async def fetch(
    url: str, *, headers: Mapping[str, str], route: Route, method: str = "GET", body: str | None = None
) -> Answer:
    """Ask once. Redirects are not followed: a key goes to the address that was configured and to no other."""
    wanted: dict[str, Any] = {"headers": dict(headers), "data": body, "proxy": route.proxy}
    async with (
        aiohttp.ClientSession(trust_env=route.usual) as http,
        http.request(method, url, allow_redirects=False, **wanted) as response,
    ):
        read = bytearray()
        while len(read) < BODY and (chunk := await response.content.read(65536)):
            read += chunk
        text = read.decode(errors="replace")
        return Answer(response.status, response.headers, text, _data(text))


def unreachable(error: Exception, place: Place) -> Finding:
    """Why there was no answer at all, and what to do."""
    at, advice = shown(place.url), place.advice
    match error:
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return problem("the proxy does not let us through", "check HTTPS_PROXY and HTTP_PROXY, or unset them")
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLCertVerificationError():
            todo = f"{advice}, and this machine's clock; a certificate authority of your own goes into SSL_CERT_FILE"
            return problem(f"the certificate of {at} cannot be trusted ({_verdict(error)})", todo)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return problem(f"{at} does not speak TLS", f"{advice}: is it a plain http:// (ws://) address?")
        case aiohttp.ClientConnectorError() if _nameless(error):
            return problem(
                f"the name in {at} leads nowhere",
                f"{advice}: is it spelt right, does DNS work here?" if place.url_name else advice,
            )
        case aiohttp.ClientConnectorError() | ConnectionRefusedError():
            return problem(f"nobody listens at {at}", f"{advice}; start the server there if it is yours")
        case aiohttp.InvalidURL():
            return problem("the address cannot be read", advice)
        case TimeoutError():
            return problem(f"{at} does not answer in time", f"{advice}: a firewall, a proxy, or a server that hangs?")
        case aiohttp.ClientError() | ConnectionError():
            return problem(f"{at} hangs up without an HTTP answer", f"{advice}: the right port, http or https?")
    return problem(f"{at} cannot be asked ({type(error).__name__})", advice)


def _data(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _verdict(error: Exception) -> str:
    inner = getattr(error, "certificate_error", error)
    return str(getattr(inner, "verify_message", "") or type(inner).__name__)


def _nameless(error: aiohttp.ClientConnectorError) -> bool:
    return isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(error.os_error, socket.gaierror)
