"""Dispatches an agent to a room, and waits until the agent has joined."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from livekit import api as lk
from livekit.protocol.agent import JobStatus

from offhook.control.api import Api, no_answer
from offhook.core.call import MAX_METADATA
from offhook.core.errors import DispatchError

__all__ = ["DispatchResult", "dispatch"]

POLL_INTERVAL = 0.075
"""Seconds between two polls of the room. An agent joins 0.3 s after the dispatch at the earliest."""


@dataclass(frozen=True, slots=True)
class DispatchResult:
    """The agent that joined, and the seconds from the dispatch to the join."""

    identity: str
    after_seconds: float


async def dispatch(
    api: Api,
    *,
    room: str,
    agent: str,
    metadata: str = "",
    attributes: Mapping[str, str] | None = None,
    timeout: float = 10.0,  # noqa: ASYNC109  # at a timeout, the error text needs the state of the dispatch
) -> DispatchResult:
    """Dispatch `agent` and wait until an agent has joined. Raises `DispatchError` if no agent joins in time.

    If no worker accepts the dispatch, the server drops the dispatch. A worker that registers later does not get the
    dropped dispatch.
    """
    _check(room, metadata, timeout)
    began = time.monotonic()
    try:
        before = frozenset(await _agents(api, room, agent))
        sent = await api.create_dispatch(room, agent, metadata, attributes)
        while time.monotonic() < began + timeout:
            # The server shows the job of a dispatch 1.3 s late. To save this time, any new agent with this name
            # counts as the dispatched agent.
            for identity in await _agents(api, room, agent):
                if identity not in before:
                    return DispatchResult(identity, time.monotonic() - began)
            await asyncio.sleep(POLL_INTERVAL)
        raise await _timeout_error(api, sent, waited=timeout)
    except lk.ServerError as error:
        raise DispatchError(f"{api.url} refused the dispatch: {error.message} ({error.code})") from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DispatchError(no_answer(api.url, error)) from error


def _check(room: str, metadata: str, timeout: float) -> None:
    if not room:
        raise DispatchError("a dispatch needs the name of a room")
    size = len(metadata.encode())
    if size > MAX_METADATA:
        raise DispatchError(f"the metadata takes {size} bytes; send at most {MAX_METADATA}")
    if timeout <= 0:
        raise DispatchError(f"timeout is {timeout}; set a number of seconds above 0")


async def _agents(api: Api, room: str, name: str) -> list[str]:
    """Return the identities of the active agents with this name."""
    return [
        one.identity
        for one in await api.list_participants(room)
        if one.kind == lk.ParticipantInfo.Kind.AGENT
        and one.state == lk.ParticipantInfo.State.ACTIVE
        and one.attributes.get("lk.agent.name", "") == name
    ]


async def _timeout_error(api: Api, sent: lk.AgentDispatch, *, waited: float) -> DispatchError:
    """Delete the dispatch, so that no agent joins later, and return an error with the possible causes."""
    found = await api.find_dispatch(sent.room, sent.id)
    await api.delete_dispatch(sent.room, sent.id)
    failure = f"no agent {sent.agent_name!r} was in room {sent.room!r} after {waited:g} s"
    jobs = list(found.state.jobs) if found else []
    if jobs:
        state = jobs[-1].state
        outcome = f"{JobStatus.Name(state.status)} {state.error}".strip()
        return DispatchError(
            f"{failure}: worker {state.worker_id} took the dispatch ({outcome}) but did not join; see the worker's log"
        )
    return DispatchError(
        f"{failure}, and no worker took the dispatch: is a worker running for {api.url} and this API key? Is its "
        f"agent_name exactly {sent.agent_name!r}? Is the worker full? Is its load (the machine's CPU in a stock "
        "worker) over the server's limit of 0.7? The dispatch is deleted; dispatch again when a worker is running"
    )
