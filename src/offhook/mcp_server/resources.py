"""The resources of the MCP server: the list of calls, and the state and the transcript of each call."""

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, unquote

from mcp.types import (
    ListResourcesResult,
    ListResourceTemplatesResult,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from offhook.core.errors import CommandError
from offhook.mcp_server.access import Access
from offhook.mcp_server.answers import with_notice
from offhook.mcp_server.words import UNTRUSTED

__all__ = ["CALLS", "TRANSCRIPT", "list_resources", "list_templates", "read_resource", "room_of"]

CALLS: Final = "offhook://calls"
TRANSCRIPT: Final = "/transcript"
_JSON: Final = "application/json"


async def list_resources(access: Access) -> ListResourcesResult:
    """Return descriptions of the resources: one for the list of calls, and two for each running call."""
    rooms = sorted({agent.room for agent in await access.client.agents()})
    running = [
        Resource(uri=_uri(room) + part, name=f"{words} {room}", description=UNTRUSTED, mime_type=_JSON)
        for room in rooms
        for part, words in (("", "state of the call in"), (TRANSCRIPT, "transcript of the call in"))
    ]
    first = Resource(uri=CALLS, name="running calls", description=f"All running calls. {UNTRUSTED}", mime_type=_JSON)
    return ListResourcesResult(resources=[first, *running])


def list_templates() -> ListResourceTemplatesResult:
    """Return the address templates for the state and for the transcript of a call."""
    state = f"The state of the call in a room. {UNTRUSTED}"
    said = f"What was said on the call in a room. {UNTRUSTED}"
    return ListResourceTemplatesResult(
        resource_templates=[
            ResourceTemplate(uri_template=f"{CALLS}/{{room}}", name="state", description=state, mime_type=_JSON),
            ResourceTemplate(
                uri_template=f"{CALLS}/{{room}}{TRANSCRIPT}", name="transcript", description=said, mime_type=_JSON
            ),
        ]
    )


async def read_resource(access: Access, uri: str) -> ReadResourceResult:
    """Read a resource. Raises `CommandError` if the resource or its call does not exist."""
    text = json.dumps(with_notice(await _read(access, uri)), ensure_ascii=False)
    return ReadResourceResult(contents=[TextResourceContents(uri=uri, mime_type=_JSON, text=text)])


async def _read(access: Access, uri: str) -> dict[str, object]:
    if uri == CALLS:
        return {"calls": list(await access.client.calls())}
    call = access.client.call(room_of(uri))
    if uri.endswith(TRANSCRIPT):
        return {"room": call.room, "messages": list(await call.transcript())}
    return dict(await call.state())


def room_of(uri: str) -> str:
    """Return the room from the address of a call's resource. Raises `CommandError` if `uri` is not such an address."""
    room, *rest = uri.removeprefix(f"{CALLS}/").removesuffix(TRANSCRIPT).split("/")
    if not uri.startswith(f"{CALLS}/") or not room or rest:
        known: Sequence[str] = (CALLS, f"{CALLS}/ROOM", f"{CALLS}/ROOM{TRANSCRIPT}")
        raise CommandError("malformed", f"there is no resource {uri[:200]!r}; there is: {', '.join(known)}")
    return unquote(room)


def _uri(room: str) -> str:
    return f"{CALLS}/{quote(room, safe='')}"
