"""STIR/SHAKEN: what the carrier says about the caller's number."""

import re
from dataclasses import dataclass
from typing import Literal

from offhook.core.sip.address import MAX_ADDRESS, read_address, split_uri
from offhook.core.sip.headers import Headers, read_name_address

__all__ = ["Attestation", "read_attestation"]

_VERSTAT = re.compile(r"(TN-Validation-Passed|TN-Validation-Failed|No-TN-Validation)(?:-([ABC]))?", re.IGNORECASE)
_LEVEL = re.compile(r"\s*([ABC])\s*", re.IGNORECASE)
_RESULTS: dict[str, Literal["passed", "failed", "unchecked"]] = {
    "tn-validation-passed": "passed",
    "tn-validation-failed": "failed",
    "no-tn-validation": "unchecked",
}


@dataclass(frozen=True, slots=True)
class Attestation:
    """What the carrier reports in a `verstat` parameter about its check of the caller's signed number.

    `level` is the attestation of the originating carrier: A (the caller may use this number), B or C; "" if the carrier
    does not give the level. `number` is the checked number. `header` is the name of the header that has the `verstat`
    parameter.
    """

    result: Literal["passed", "failed", "unchecked"]
    level: Literal["A", "B", "C", ""]
    number: str
    header: str

    def attests(self, number: str) -> bool:
        """True if the check passed with level A for this number."""
        return bool(number) and (self.result, self.level, self.number) == ("passed", "A", number)


def read_attestation(headers: Headers) -> Attestation | None:
    """Return the result in the `verstat` parameter of the URIs in From and P-Asserted-Identity. If the result in one of
    the two headers is not "passed", return that result.

    The Identity header alone proves nothing, because offhook does not check its signature.
    """
    found = [one for one in (_of(headers, name) for name in ("from", "p-asserted-identity")) if one is not None]
    bad = [one for one in found if one.result != "passed"]
    return next(iter(bad + found), None)


def _of(headers: Headers, name: str) -> Attestation | None:
    address = read_name_address(headers.get(name, ""))
    if address is None or len(address.uri) > MAX_ADDRESS:
        return None
    caller = read_address(address.uri)
    verstat = caller.parameters.get("verstat") or _host_parameter(address.uri)
    match = _VERSTAT.fullmatch(verstat)
    if match is None:
        return None
    level = match[2] or _level(headers)
    return Attestation(_RESULTS[match[1].lower()], _LEVELS[level.upper()], caller.number, name)


_LEVELS: dict[str, Literal["A", "B", "C", ""]] = {"A": "A", "B": "B", "C": "C", "": ""}


def _host_parameter(uri: str) -> str:
    """Return the value of the `verstat` parameter after the host; "" if there is no such parameter."""
    for part in split_uri(uri)[1].partition("?")[0].split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "verstat":
            return value.strip()
    return ""


def _level(headers: Headers) -> str:
    for name in ("attestation-info", "p-attestation-indicator"):
        if match := _LEVEL.fullmatch(headers.get(name, "")):
            return match[1]
    return ""
