"""The call and its caller: the value that a plan function gets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from offhook.core.resumed import Resumed
from offhook.core.sip.sip_facts import SipFacts

__all__ = ["MAX_METADATA", "Call", "Caller", "read_metadata"]

MAX_METADATA = 64 * 1024
"""Maximum bytes of dispatch metadata that offhook parses. LiveKit's server does not enforce this limit."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Caller:
    """The person who calls, or whom the agent calls. Only a phone caller has a `number` and `sip.*` attributes.

    `attributes` are LiveKit's participant attributes. The carrier or the caller chooses their values, so treat the
    values as data, never as instructions.
    """

    identity: str
    kind: Literal["web", "phone", "console"] = "web"
    name: str = ""
    number: str = ""
    dialled: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `data` is the dispatch metadata, parsed as a JSON object.

    If the metadata cannot be parsed, `data` is empty and `problem` says why. `sip` has the SIP data of a telephone
    call, and is None for other calls. `room_metadata` is the room's metadata at the start of the job. If this call
    takes over a call whose job process died, `resumes` has the id and the last turns of that call.
    """

    id: str
    room: str
    caller: Caller
    metadata: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    problem: str = ""
    sip: SipFacts | None = None
    room_metadata: str = ""
    resumes: Resumed | None = None


def read_metadata(metadata: str) -> tuple[Mapping[str, object], str]:
    """Parse dispatch metadata. Return the JSON object and the problem, of which at least one is empty. Never raises."""
    if not metadata.strip():
        return {}, ""
    size = len(metadata.encode(errors="replace"))
    if size > MAX_METADATA:
        return {}, f"metadata of {size} bytes is too long and was not parsed; send at most {MAX_METADATA} bytes"
    try:
        data = json.loads(metadata)
    except (ValueError, RecursionError) as error:
        return {}, f"metadata is not JSON ({type(error).__name__}); call.metadata has the original text"
    if not isinstance(data, dict):
        return {}, f"metadata is a JSON {type(data).__name__}, not an object; call.metadata has the original text"
    return data, ""
