"""The SIP headers of a call by name, and the parts of a header such as From."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from offhook.core.sip.text import fault_of

__all__ = [
    "HEADER",
    "MAX_BYTES",
    "MAX_HEADER",
    "MAX_HEADERS",
    "Headers",
    "NameAddress",
    "read_headers",
    "read_name_address",
]

HEADER = "sip.h."
"""LiveKit's prefix for participant attributes that contain SIP headers."""
MAX_BYTES = 64 * 1024
"""Maximum bytes of all headers together. If the headers have more bytes, no header is read."""
MAX_HEADERS = 128
MAX_HEADER = 8 * 1024
"""Maximum characters of a header. A longer header is not read."""

_NAME = re.compile(r"[A-Za-z0-9!%*_+`'~.\-]{1,64}")
_QUOTED_OR_TOKENS = re.compile(r'(?:\s*"((?:[^"\\]|\\.)*)"\s*|([^"<>]*))<([^<>]*)>\s*(?:[;,].*)?', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)")


class Headers(Mapping[str, str]):
    """SIP headers. Header names are not case-sensitive: `headers["X-Tenant"]` and `headers["x-tenant"]` are the same.

    The other side of the call sets every header, so do not use a header as configuration.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = {name.lower(): value for name, value in (values or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({self._values!r})"


def read_headers(values: Mapping[str, str]) -> tuple[Headers, dict[str, str]]:
    """Return the good headers, and the reason for each refused header. If there are too many headers or bytes, all
    headers are refused, and the key "" has the reason.
    """
    size = sum(len(name.encode(errors="replace")) + len(text.encode(errors="replace")) for name, text in values.items())
    if size > MAX_BYTES:
        return Headers(), {"": f"{size} bytes of headers are too many; at most {MAX_BYTES} are read"}
    if len(values) > MAX_HEADERS:
        return Headers(), {"": f"{len(values)} headers are too many; at most {MAX_HEADERS} are read"}
    good, refused = {}, {}
    for name, text in values.items():
        fault = fault_of(text, MAX_HEADER) if _NAME.fullmatch(name) else "this is not the name of a SIP header"
        if fault:
            refused[name.lower()] = fault
        else:
            good[name] = text
    return Headers(good), refused


@dataclass(frozen=True, slots=True)
class NameAddress:
    """The value of a header such as From: a display name and a URI."""

    display_name: str
    uri: str


def read_name_address(text: str) -> NameAddress | None:
    """Read `"Name" <uri>`, `Name <uri>` or a URI alone; None for other text.

    If the text is a URI alone, everything after the first ";" belongs to the header and not to the URI.
    """
    if found := _QUOTED_OR_TOKENS.fullmatch(text):
        quoted, tokens, uri = found.groups()
        name = tokens if quoted is None else _ESCAPED.sub(r"\1", quoted)
        return NameAddress(name.strip(), uri.strip())
    if not text.strip() or '"' in text or "<" in text or ">" in text:
        return None
    return NameAddress("", text.partition(";")[0].strip())
