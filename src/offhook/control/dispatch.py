"""Send an agent into a room and make sure that one really came."""

import asyncio
import time
from dataclasses import dataclass

import aiohttp
from livekit import api as lk
from livekit.protocol.agent import JobStatus

from offhook.control.api import Api
from offhook.core.call import MAX_METADATA
from offhook.core.errors import DispatchError

__all__ = ["Taken", "dispatch"]

BETWEEN_LOOKS = 0.075
"""Seconds between two looks into the room; an agent is there 0.3 s after the dispatch at the earliest."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The agent that took the call, and how long that took."""

    identity: str
    after_seconds: float


async def dispatch(api: Api, *, room: str, agent: str, metadata: str = "", timeout: float = 10.0) -> Taken:  # noqa: ASYNC109  # the error must say what was seen until then
    """Send for `agent` and wait until it is in the room; raises `DispatchError` when nobody came in time.

    A dispatch that nobody takes is lost: the server does not keep it for a worker that registers later.
    """
    _check(room, metadata, timeout)
    began = time.monotonic()
    try:
        before = frozenset(await _agents(api, room, agent))
        sent = await api.create_dispatch(room, agent, metadata)
        while time.monotonic() < began + timeout:
            # The dispatch names its job 1.3 s late; until then a newcomer of that name is the one sent for.
            for identity in await _agents(api, room, agent):
                if identity not in before:
                    return Taken(identity, time.monotonic() - began)
            await asyncio.sleep(BETWEEN_LOOKS)
        raise await _nobody(api, sent, waited=timeout)
    except lk.ServerError as error:
        raise DispatchError(f"{api.url} refused the dispatch: {error.message} ({error.code})") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        text = f"{api.url} does not answer ({type(error).__name__}): is the LiveKit server running there?"
        raise DispatchError(text) from error


def _check(room: str, metadata: str, timeout: float) -> None:
    if not room:
        raise DispatchError("a dispatch needs the name of a room")
    size = len(metadata.encode())
    if size > MAX_METADATA:
        raise DispatchError(f"the metadata takes {size} bytes; send at most {MAX_METADATA}")
    if timeout <= 0:
        raise DispatchError(f"timeout is {timeout}; give it at least a second")


async def _agents(api: Api, room: str, name: str) -> list[str]:
    """The identities of the active agents of this name."""
    return [
        one.identity
        for one in await api.list_participants(room)
        if one.kind == lk.ParticipantInfo.Kind.AGENT
        and one.state == lk.ParticipantInfo.State.ACTIVE
        and one.attributes.get("lk.agent.name", "") == name
    ]


async def _nobody(api: Api, sent: lk.AgentDispatch, *, waited: float) -> DispatchError:
    """Take the dispatch back, so that nobody comes after all, and say why nobody may have come."""
    seen = await api.find_dispatch(sent.room, sent.id)
    await api.delete_dispatch(sent.room, sent.id)
    missed = f"no agent {sent.agent_name!r} was in room {sent.room!r} after {waited:g} s"
    jobs = list(seen.state.jobs) if seen else []
    if jobs:
        state = jobs[-1].state
        outcome = f"{JobStatus.Name(state.status)} {state.error}".strip()
        return DispatchError(f"{missed}: worker {state.worker_id} took it ({outcome}) but did not join; see its log")
    return DispatchError(
        f"{missed}, and no worker took it: is a worker running for {api.url} and this API key, is its agent_name "
        f"exactly {sent.agent_name!r}, is it full, or is its load (the machine's CPU in a stock worker) over the "
        "server's limit of 0.7? The dispatch is taken back; dispatch again once a worker is there"
    )
