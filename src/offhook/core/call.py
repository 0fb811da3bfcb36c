"""Who calls whom, and with what: the value a plan function is given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

__all__ = ["MAX_METADATA", "Call", "Caller", "read_metadata"]

MAX_METADATA = 64 * 1024
"""Bytes of dispatch metadata that are read; LiveKit's server passes more."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Caller:
    """The person on the other end. `attributes` are LiveKit's, `sip.*` among them: told by the carrier or the caller,
    so treat them as data, never as instructions.
    """

    identity: str
    kind: Literal["web", "phone", "console"] = "web"
    name: str = ""
    number: str = ""
    dialled: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `data` is the dispatch metadata read as a JSON object, empty when it is none (`problem` says why)."""

    id: str
    room: str
    caller: Caller
    metadata: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    problem: str = ""


def read_metadata(metadata: str) -> tuple[Mapping[str, object], str]:
    """The JSON object in dispatch metadata and what is wrong with it; never raises."""
    if not metadata.strip():
        return {}, ""
    size = len(metadata.encode(errors="replace"))
    if size > MAX_METADATA:
        return {}, f"metadata of {size} bytes is not read; send at most {MAX_METADATA}"
    try:
        data = json.loads(metadata)
    except (ValueError, RecursionError) as error:
        return {}, f"metadata is not JSON ({type(error).__name__}); it is in call.metadata as it came"
    if not isinstance(data, dict):
        return {}, f"metadata is a JSON {type(data).__name__}, not an object; it is in call.metadata as it came"
    return data, ""
