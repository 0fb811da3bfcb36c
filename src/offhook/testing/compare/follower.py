"""Follows a simulated call: requests the call's new records again and again, as `follow` of offhook's client does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from offhook.core.commands.base import MAX_WAIT
from offhook.core.commands.verbs.facts import FactsQuery
from offhook.core.errors import OffhookError
from offhook.testing.simulation.caller import ScriptedCaller

__all__ = ["followed"]

_RETRY = 0.5
"""Seconds between two queries while no agent is in the room yet."""


@asynccontextmanager
async def followed(call: ScriptedCaller) -> AsyncIterator[list[int]]:
    """Follow the call inside the block. Yield a list to which the follower adds the number of each new record."""
    seen = list[int]()
    following = asyncio.create_task(_follow(call, seen), name="follower")
    try:
        yield seen
    finally:
        following.cancel()
        await asyncio.wait([following])
    if not following.cancelled():
        following.result()


async def _follow(call: ScriptedCaller, seen: list[int]) -> None:
    while not call.over:
        try:
            answer = await call.commands(FactsQuery(seen[-1] if seen else -1, MAX_WAIT), by="follower")
        except (OffhookError, RuntimeError):  # the agent is not in the room, or has no RPC method for commands yet
            await asyncio.sleep(_RETRY)
            continue
        if answer["status"] != "answered":
            raise OffhookError(f"the agent did not answer the follower's query: {answer}")
        page = cast("dict[str, Any]", answer["data"])
        seen += [record["seq"] for record in page["records"]]
        if page["over"] and not page["records"]:
            return
