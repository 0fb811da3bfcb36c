"""Sends one message to one receiver, and classifies the answer."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from standardwebhooks import Webhook
from yarl import URL

from offhook.core.webhooks import Receiver
from offhook.webhooks.addresses import PrivateAddressError, PublicResolver, Resolver, public

__all__ = ["TIMEOUT", "Answer", "open_session", "post", "sign"]

TIMEOUT = 10.0
"""Time limit of one attempt in seconds, from the start of the connection until the headers of the answer arrive."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of one attempt to send a message. `error` is empty if the receiver accepted the message."""

    error: str = ""
    retry_after: float = 0.0
    gone: bool = False
    """The receiver answered with status 410, so the message is not sent again."""
    down: bool = False
    """The receiver does not work: it cannot be reached, does not answer, or answers with 429, 5xx or a redirect."""


def open_session(*, private: bool, timeout: float = TIMEOUT) -> aiohttp.ClientSession:
    """Return the HTTP client for webhooks. The client keeps no cookies and uses no proxy. Without `private`, the client
    connects only to public addresses.
    """
    connector = aiohttp.TCPConnector(resolver=Resolver() if private else PublicResolver(), force_close=True)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout),
        auto_decompress=False,
        headers={"User-Agent": "offhook", "Content-Type": "application/json"},
    )


async def post(
    session: aiohttp.ClientSession, receiver: Receiver, message: str, body: str, *, now: float, private: bool
) -> Answer:
    """Send `body` as the message with the id `message`. The client ignores the body of the answer, and follows no
    redirects.
    """
    if not private and _private_literal(receiver.url):
        return Answer(str(PrivateAddressError()), down=True)
    headers = sign(receiver, message, body, now)
    try:
        request = session.post(receiver.url, data=body.encode(), headers=headers, allow_redirects=False)
        async with request as response:
            response.close()
            return _judged(response)
    except TimeoutError:
        return Answer(f"no answer within {session.timeout.total:g} s", down=True)
    except aiohttp.ClientError as error:
        return Answer(_explained(error), down=True)
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        return Answer(type(error).__name__, down=True)


def sign(receiver: Receiver, message: str, body: str, now: float) -> dict[str, str]:
    """Return the headers of the Standard Webhooks specification, with one signature for each secret of the receiver."""
    when = datetime.fromtimestamp(int(now), UTC)
    signatures = [Webhook(secret).sign(message, when, body) for secret in receiver.secrets]
    return {
        "webhook-id": message,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": " ".join(signatures),
    }


def _judged(response: aiohttp.ClientResponse) -> Answer:
    status = response.status
    if 200 <= status < 300:
        return Answer()
    if 300 <= status < 400:
        return Answer(f"the answer is the redirect {status}; redirects are not followed", down=True)
    wait = response.headers.get("Retry-After", "")
    seconds = float(wait) if wait.isascii() and wait.isdigit() and len(wait) < 9 else 0.0
    down = status == 429 or status >= 500
    return Answer(f"the answer is {status}", retry_after=seconds, gone=status == 410, down=down)


def _explained(error: aiohttp.ClientError) -> str:
    """Return the cause of the error without the URL, because the URL may contain a token."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, PrivateAddressError):
        return str(cause)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host was not found"
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed: {cause.reason}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "the TLS certificate is not valid for this host"
    return (getattr(cause, "strerror", None) if isinstance(cause, OSError) else None) or type(error).__name__


def _private_literal(url: str) -> bool:
    """Return True if the URL contains a private IP address instead of a host name.

    This check is necessary, because aiohttp does not use the resolver for an IP address. aiohttp also accepts short
    forms of addresses, such as 127.1. This function treats short forms as private.
    """
    host = URL(url).raw_host or ""
    return (":" in host or host.replace(".", "").isdigit()) and not public(host)
