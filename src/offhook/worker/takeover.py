"""Dispatches a new agent to a call whose job process died. The dispatch contains the last turns of the call."""

import aiohttp
from livekit import api as lk

from offhook.control.api import Api, no_answer
from offhook.control.dispatch import dispatch
from offhook.core.errors import DispatchError
from offhook.core.resumed import ATTRIBUTE, dump_resumed
from offhook.room.settlement import OrphanRoom

__all__ = ["take_over"]

_JOIN = 8.0
"""Maximum seconds from the dispatch until the new agent has joined. A free worker needs 0.4 s."""


async def take_over(api: Api, orphan: OrphanRoom) -> None:
    """Dispatch a new agent and wait until the agent has joined. Raises `DispatchError` if no agent joins in
    time.

    The new dispatch has the same metadata as the first dispatch of this agent.
    """
    try:
        found = await api.list_dispatches(orphan.room)
    except (lk.ServerError, aiohttp.ClientError, TimeoutError) as error:
        raise DispatchError(no_answer(api.url, error)) from error
    first = next((one for one in found if one.agent_name == orphan.agent_name), lk.AgentDispatch())
    await dispatch(
        api,
        room=orphan.room,
        agent=orphan.agent_name,
        metadata=first.metadata,
        attributes={**first.attributes, ATTRIBUTE: dump_resumed(orphan.call, orphan.turns)},
        timeout=_JOIN,
    )
