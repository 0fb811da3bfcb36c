"""SIP headers that a hang-up or a transfer sends, checked before they are sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from offhook.core.errors import OffhookError

__all__ = ["MAX_HEADERS", "MAX_LENGTH", "Header", "headers_of"]

MAX_HEADERS = 16
MAX_LENGTH = 800
"""Maximum bytes of all headers together, so that the request fits into one UDP packet."""

_NAME = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]{1,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_OF_THE_DIALOG = re.compile(
    "via|from|to|call-id|cseq|contact|(record-)?route|max-forwards|content-.*|(proxy-)?(authorization|require)|"
    "refer-to|referred-by|supported|allow|user-agent|[a-z]",
    re.IGNORECASE,
)
"""Headers that the SIP bridge sets itself, and the compact forms (one letter) of their names."""


@dataclass(frozen=True, slots=True)
class Header:
    """One SIP header."""

    name: str
    value: str


def headers_of(headers: Mapping[str, str] | None) -> tuple[Header, ...]:
    """Check and return the headers in this mapping. Raises `OffhookError` for a name or a value that SIP does not
    allow.
    """
    if headers is None:
        return ()
    if not isinstance(headers, Mapping):
        raise OffhookError(f"headers is {type(headers).__name__}; give a mapping such as {{'X-Outcome': 'sold'}}")
    checked = tuple(_checked(name, value) for name, value in headers.items())
    if len(checked) > MAX_HEADERS:
        raise OffhookError(f"there are {len(checked)} headers; give at most {MAX_HEADERS}")
    size = sum(len(f"{one.name}: {one.value}\r\n".encode(errors="replace")) for one in checked)
    if size > MAX_LENGTH:
        raise OffhookError(f"the headers take {size} bytes; give at most {MAX_LENGTH}")
    return checked


def _checked(name: object, value: object) -> Header:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise OffhookError(f"{name!r} is not the name of a SIP header; use letters, digits and hyphens")
    if _OF_THE_DIALOG.fullmatch(name):
        raise OffhookError(f"the SIP bridge sets the header {name} itself; use a name such as X-Outcome")
    if not isinstance(value, str) or _CONTROL.search(value):
        raise OffhookError(f"the value of the header {name} must be text without line breaks and control characters")
    return Header(name, value.strip())
