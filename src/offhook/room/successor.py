"""Dispatches another agent for a second phone call that joined the room under the identity of this call's caller."""

import asyncio
import logging

from livekit import api, rtc
from livekit.agents import JobContext

__all__ = ["dispatch_successor"]

log = logging.getLogger("offhook")

_JOIN = 5.0
"""Maximum seconds to wait until the other agent joins. The agent of an idle worker joins after 0.4 s."""
_AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


async def dispatch_successor(ctx: JobContext, server: api.LiveKitAPI) -> bool:
    """Dispatch a second job of the same agent to the room. Return False if no other agent joined in time."""
    room, job = ctx.room, ctx.job
    joined = asyncio.Event()

    def on_joined(participant: rtc.RemoteParticipant) -> None:
        if participant.kind == _AGENT:
            joined.set()

    room.on("participant_connected", on_joined)
    request = api.CreateAgentDispatchRequest(agent_name=job.agent_name, room=room.name, metadata=job.metadata)
    try:
        async with asyncio.timeout(_JOIN):
            await server.agent_dispatch.create_dispatch(request)
            await joined.wait()
    except Exception as error:  # noqa: BLE001  # a proxy in front of the server may give any answer
        log.error("no agent joined for the other phone call in this room", extra={"error": repr(error)})
        return False
    finally:
        room.off("participant_connected", on_joined)
    return True
