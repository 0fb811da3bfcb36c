"""Calls an RPC method of one participant through the server, without joining the room."""

import asyncio
import json
import time

import aiohttp
from google.protobuf.message import DecodeError
from livekit.protocol.room import PerformRpcRequest, PerformRpcResponse

from offhook.control.api import Api, no_answer
from offhook.core.errors import CommandError
from offhook.tokens import MAX_TOKEN, server_token

__all__ = ["MAX_TIMEOUT_MS", "perform_rpc"]

MAX_TIMEOUT_MS = 2900
"""Maximum timeout of a request, in milliseconds.

If the method takes longer than about 3 s, the server repeats the request, and the method runs twice.
"""

_PATH = "/twirp/livekit.RoomService/PerformRpc"
_PAUSE = 0.1
"""Seconds between two attempts to reach a participant that has just joined.

The participant's data channel opens some time after the join. Before that, the server cannot deliver a request.
"""
_NOT_OPEN_YET = "data channel is not available"
_NO_SUCH_METHOD = "RpcError 1400"
_LOST = {"deadline_exceeded", "canceled"}
"""The server's error codes if no answer came in time. The request or the answer may have been lost."""
_LEFT = {"unavailable", "not_found"}
"""The server's error codes for an unknown participant. The error may come up to 3 s after the request."""


async def perform_rpc(
    api: Api,
    *,
    room: str,
    identity: str,
    method: str,
    payload: str,
    timeout_ms: int = MAX_TIMEOUT_MS,
    repeatable: bool = False,
) -> str:
    """Call a method of the participant and return the answer.

    Raises `CommandError` if the request fails or gets no answer. `repeatable` says that it does no harm if the method
    runs twice. A `repeatable` request that gets no answer is sent once more, because the server can lose a request or
    an answer.
    """
    if not 0 < timeout_ms <= MAX_TIMEOUT_MS:
        raise CommandError("malformed", f"timeout_ms is {timeout_ms}; allowed is 1 to {MAX_TIMEOUT_MS}")
    if len(payload.encode()) > MAX_TOKEN:
        raise CommandError("too_long", f"the payload takes {len(payload.encode())} bytes; LiveKit carries {MAX_TOKEN}")
    request = PerformRpcRequest(
        room=room, destination_identity=identity, method=method, payload=payload, response_timeout_ms=timeout_ms
    )
    until = time.monotonic() + timeout_ms / 1000
    status, body = await _post(api, request, max_seconds=timeout_ms / 1000 + 2)
    while _not_open_yet(status, body) and time.monotonic() < until:
        await asyncio.sleep(_PAUSE)
        status, body = await _post(api, request, max_seconds=timeout_ms / 1000 + 2)
    if status != 200 and repeatable and _twirp_error(body)[0] in _LOST:
        status, body = await _post(api, request, max_seconds=timeout_ms / 1000 + 2)
    if status != 200:
        raise _refusal(status, body, request)
    try:
        return PerformRpcResponse.FromString(body).payload
    except DecodeError as error:
        raise CommandError("unreachable", f"{api.url} is not a LiveKit server: check LIVEKIT_URL") from error


async def _post(api: Api, request: PerformRpcRequest, *, max_seconds: float) -> tuple[int, bytes]:
    token = server_token(api_key=api.key, api_secret=api.secret, room=request.room)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/protobuf"}
    address = "http" + api.url.rstrip("/").removeprefix("ws").removeprefix("http") + _PATH
    limit = aiohttp.ClientTimeout(total=max_seconds)
    try:
        async with api.http.post(address, data=request.SerializeToString(), headers=headers, timeout=limit) as answer:
            return answer.status, await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise CommandError("unreachable", no_answer(api.url, error)) from error


def _not_open_yet(status: int, body: bytes) -> bool:
    """True if the participant's data channel is not open yet. The method has not run, so a second request is safe."""
    return status != 200 and _NOT_OPEN_YET in _twirp_error(body)[1]


def _refusal(status: int, body: bytes, request: PerformRpcRequest) -> CommandError:
    if status in (401, 403):
        return CommandError("unreachable", "the server refuses the key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET")
    code, message = _twirp_error(body)
    who = f"{request.destination_identity!r} in room {request.room!r}"
    if code in _LEFT | _LOST:
        why = f" ({code}: {message})"
        return CommandError("ended", f"{who} does not answer: the call has ended, or its agent has left{why}")
    if _NO_SUCH_METHOD in message:
        return CommandError("not_offhook", f"{who} has no method {request.method!r}: it is not an agent run by offhook")
    return CommandError("unreachable", f"the request to {who} failed (HTTP {status}): {message or 'no reason given'}")


def _twirp_error(body: bytes) -> tuple[str, str]:
    try:
        error = json.loads(body)
    except ValueError:
        return "", ""
    return (str(error.get("code", "")), str(error.get("msg", ""))) if isinstance(error, dict) else ("", "")
