"""The `Call` that a plan function gets before offhook dials. This `Call` has the metadata, but its caller has no
identity yet.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from livekit.protocol.agent import Job

from offhook.core.call import Call, Caller, read_metadata

__all__ = ["asks_to_dial", "outbound_call", "wait_for_follower"]

_FOLLOWER = 3.0
"""Maximum seconds that the call waits until `offhook dial` follows the call's records, so that `offhook dial` can show
all records.
"""


def asks_to_dial(job: Job) -> bool:
    """True if the dispatch metadata asks to dial a phone."""
    return "dial" in read_metadata(job.metadata)[0]


async def wait_for_follower(job: Job, followed: asyncio.Event) -> None:
    """If the metadata says that a client will follow the call's records, wait for this client for at most 3 s."""
    asked = read_metadata(job.metadata)[0].get("dial")
    if isinstance(asked, Mapping) and asked.get("followed") is True:
        with suppress(TimeoutError):
            async with asyncio.timeout(_FOLLOWER):
                await followed.wait()


def outbound_call(job: Job, room: str) -> Call:
    """Return the call of this job. The caller is the phone that the metadata asks to dial, and has no identity yet."""
    data, problem = read_metadata(job.metadata)
    asked = data.get("dial")
    number = asked.get("to") if isinstance(asked, Mapping) else ""
    caller = Caller("", kind="phone", number=number if isinstance(number, str) else "")
    return Call(
        job.id, room, caller, metadata=job.metadata, data=data, problem=problem, room_metadata=job.room.metadata
    )
