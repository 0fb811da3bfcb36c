"""Notifies an MCP client when a call's resource changes, while the client's `subscriptions/listen` request is open."""

import logging
from collections.abc import Collection, Mapping
from typing import Any, Final

import anyio
from mcp.server import ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp.types import SubscriptionFilter, SubscriptionsListenRequestParams, SubscriptionsListenResult

from offhook.control import RunningCall
from offhook.core.errors import CommandError
from offhook.mcp_server.access import Access
from offhook.mcp_server.resources import CALLS, TRANSCRIPT, room_of

__all__ = ["listen"]

MOST: Final = 20
"""The maximum number of calls that one request may watch. The limit is low, because each watched call must answer
queries all the time.
"""

log = logging.getLogger("offhook")


async def listen(
    access: Access, ctx: ServerRequestContext[Any, Any], params: SubscriptionsListenRequestParams
) -> SubscriptionsListenResult:
    """Answer the request with a notice for each change, until the client ends the request or all watched calls have
    ended.

    LiveKit's server reports new rooms only to webhooks, so the list of calls cannot be watched.
    """
    wanted = [uri for uri in params.notifications.resource_subscriptions or () if uri != CALLS]
    rooms = {room_of(uri): {one for one in wanted if room_of(one) == room_of(uri)} for uri in wanted}
    if len(rooms) > MOST:
        raise CommandError("too_many", f"watch at most {MOST} calls in one request; these are {len(rooms)}")
    begun = {room: await _last_message(access.client.call(room)) for room in rooms}
    granted = SubscriptionFilter(resource_subscriptions=wanted)
    bus = InMemorySubscriptionBus()
    handler = ListenHandler(bus)

    async def watch_all() -> None:
        async with anyio.create_task_group() as watching:
            for room, uris in rooms.items():
                call = access.client.call(room)
                watching.start_soon(_watch, call, begun[room], uris, bus, name=f"watch {room}")
        handler.close()

    async with anyio.create_task_group() as group:
        group.start_soon(watch_all, name="watch calls")
        result = await handler(ctx, params.model_copy(update={"notifications": granted}))
        group.cancel_scope.cancel()
    return result


async def _last_message(call: RunningCall) -> int:
    """Return the record number (`seq`) of the last message of this call, or -1 if there is none. Raises `CommandError`
    if the call does not exist.
    """
    messages = await call.transcript()
    return int(messages[-1]["seq"]) if messages else -1


async def _watch(call: RunningCall, after: int, uris: Collection[str], bus: InMemorySubscriptionBus) -> None:
    try:
        async for record in call.follow(after=after):
            for uri in uris:
                if _changes(record, uri):
                    await bus.publish(ResourceUpdated(uri=uri))
    except CommandError as error:
        log.warning("a call is not watched any more", extra={"room": call.room, "code": error.code})
    for uri in uris:
        await bus.publish(ResourceUpdated(uri=uri))


def _changes(record: Mapping[str, Any], uri: str) -> bool:
    """True if this record changes the content of the resource."""
    said = ("MessageCommitted", "SpeechRedacted")
    return record["name"] in said if uri.endswith(TRANSCRIPT) else record["kind"] == "fact"
