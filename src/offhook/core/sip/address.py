"""A SIP or telephone address: its user part, the parameters of the user part, and the number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from offhook.core.sip.text import decode, fault_of

__all__ = ["MAX_ADDRESS", "NO_VALUES", "SipAddress", "number_of", "read_address", "split_uri"]

MAX_ADDRESS = 1024
"""Maximum characters of an address. A longer address is not read."""

NO_VALUES: Mapping[str, str] = MappingProxyType({})

_SCHEME = re.compile(r"(sips?|tel):", re.IGNORECASE)
_SEPARATORS = re.compile(r"[ ().\-]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class SipAddress:
    """An address of a telephone call.

    `raw` is the text as received; LiveKit gives only the user part of the URI. `user` is the user part with %XX decoded
    once and without its `parameters`. If `user` is a number with + and a country code, `number` is that number in E.164
    form; otherwise `number` is empty. If `read_address` refuses the text, `problem` says why, and all other fields
    except `raw` are empty.
    """

    raw: str
    user: str = ""
    parameters: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)
    number: str = ""
    problem: str = ""


def read_address(raw: str) -> SipAddress:
    """Read a user part, or a `sip:`, `sips:` or `tel:` URI. Never raises."""
    if fault := fault_of(raw, MAX_ADDRESS):
        return SipAddress(raw, problem=fault)
    first, *rest = split_uri(raw)[0].split(";")
    user, fault = decode(first)
    parameters, wrong = _parameters(rest)
    if fault or wrong:
        return SipAddress(raw, problem=fault or wrong)
    return SipAddress(raw, user, MappingProxyType(parameters), number_of(user))


def split_uri(uri: str) -> tuple[str, str]:
    """Return the user part with its parameters, and the text after "@". Text without a scheme counts as a user part."""
    scheme = _SCHEME.match(uri.strip())
    if scheme is None:
        return uri.strip(), ""
    rest = uri.strip()[scheme.end() :]
    if scheme[1].lower() == "tel":
        return rest, ""
    user, at, host = rest.partition("@")
    return (user, host) if at else ("", rest)


def number_of(user: str) -> str:
    """Return the number in E.164 form; "" for other text, and for a number without + and country code."""
    number = _SEPARATORS.sub("", user)
    return number if _E164.fullmatch(number) else ""


def _parameters(parts: list[str]) -> tuple[dict[str, str], str]:
    """Return the parameters by lower-case name, and the first fault in words ("" if there is none). If two parameters
    have the same name, the first parameter counts.
    """
    found: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition("=")
        decoded, fault = decode(value)
        if fault:
            return {}, fault
        if name.strip():
            found.setdefault(name.strip().lower(), decoded)
    return found, ""
