"""Sends one HTTP request, and describes why no answer came."""

import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from offhook.checks.finding import Finding, problem
from offhook.checks.secrets import redact_url

__all__ = ["Answer", "Endpoint", "Route", "fetch", "unreachable"]

BODY = 4 * 1024 * 1024
"""Maximum number of bytes that are read from an answer. Even the longest model list of a provider has only a tenth of
this number.
"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a service. `url_name` and `key_name` are the names of the settings that a user can change if the
    address or the API key is wrong.
    """

    url: str
    url_name: str = ""
    key_name: str = ""

    @property
    def advice(self) -> str:
        """Return what to check if the address is wrong."""
        return f"check {self.url_name}" if self.url_name else "check this machine's network and DNS"


@dataclass(frozen=True, slots=True)
class Route:
    """Which proxy a request uses.

    LiveKit's HTTP sessions use one proxy for all requests: `proxy`. OpenAI's client instead reads the usual environment
    variables, such as HTTPS_PROXY. If `usual` is True, the request uses these variables, as OpenAI's client does.
    """

    proxy: str | None = None
    usual: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `data` is None if the body is not JSON."""

    status: int
    headers: Mapping[str, str]
    text: str
    data: object

    @property
    def page(self) -> bool:
        """True if the answer is a web page and not the answer of an API."""
        return "html" in self.headers.get("Content-Type", "") or self.text.lstrip().startswith("<")


async def fetch(
    url: str, *, headers: Mapping[str, str], route: Route, method: str = "GET", body: str | None = None
) -> Answer:
    """Send one request. Redirects are not followed, so that an API key goes only to the configured address."""
    options: dict[str, Any] = {"headers": dict(headers), "data": body, "proxy": route.proxy}
    async with (
        aiohttp.ClientSession(trust_env=route.usual) as http,
        http.request(method, url, allow_redirects=False, **options) as response,
    ):
        read = bytearray()
        while len(read) < BODY and (chunk := await response.content.read(65536)):
            read += chunk
        text = read.decode(errors="replace")
        return Answer(response.status, response.headers, text, _data(text))


def unreachable(error: Exception, place: Endpoint) -> Finding:
    """Return why no answer came, and what to do."""
    at, advice = redact_url(place.url), place.advice
    match error:
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return problem("the proxy refuses the connection", "check HTTPS_PROXY and HTTP_PROXY, or unset them")
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLCertVerificationError():
            todo = f"{advice}, and this machine's clock; set SSL_CERT_FILE for a certificate authority of your own"
            return problem(f"the certificate of {at} cannot be trusted ({_verdict(error)})", todo)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return problem(f"{at} does not speak TLS", f"{advice}: should the address be http:// (ws://)?")
        case aiohttp.ClientConnectorError() if _unresolved(error):
            return problem(
                f"the host name in {at} cannot be resolved",
                f"{advice}: is it spelled correctly, and does DNS work here?" if place.url_name else advice,
            )
        case aiohttp.ClientConnectorError() | ConnectionRefusedError():
            return problem(f"no server listens at {at}", f"{advice}; start the server there if the server is yours")
        case aiohttp.InvalidURL():
            return problem("the address cannot be read", advice)
        case TimeoutError():
            return problem(f"{at} does not answer in time", f"{advice}: a firewall or a proxy may block the request")
        case aiohttp.ClientError() | ConnectionError():
            return problem(
                f"{at} closes the connection without an HTTP answer",
                f"{advice}: the port may be wrong, or the scheme (http or https)",
            )
    return problem(f"the request to {at} failed ({type(error).__name__})", advice)


def _data(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _verdict(error: Exception) -> str:
    inner = getattr(error, "certificate_error", error)
    return str(getattr(inner, "verify_message", "") or type(inner).__name__)


def _unresolved(error: aiohttp.ClientConnectorError) -> bool:
    return isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(error.os_error, socket.gaierror)
