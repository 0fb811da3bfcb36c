"""Call a method of one participant from outside the room, through the server."""

import json

import aiohttp
from google.protobuf.message import DecodeError
from livekit.protocol.room import PerformRpcRequest, PerformRpcResponse

from offhook.control.api import Api
from offhook.core.errors import CommandError
from offhook.tokens import MAX_TOKEN, server_token

__all__ = ["MAX_TIMEOUT_MS", "perform_rpc"]

MAX_TIMEOUT_MS = 2900
"""From about 3 s on, the server asks a slow participant again, and the method runs twice."""

_PATH = "/twirp/livekit.RoomService/PerformRpc"
_NO_SUCH_METHOD = "RpcError 1400"
_NOBODY = {"unavailable", "not_found", "deadline_exceeded", "canceled"}


async def perform_rpc(
    api: Api, *, room: str, identity: str, method: str, payload: str, timeout_ms: int = MAX_TIMEOUT_MS
) -> str:
    """What the participant's method answers; `CommandError` "unreachable" when no answer comes in time."""
    if not 0 < timeout_ms <= MAX_TIMEOUT_MS:
        raise CommandError("malformed", f"timeout_ms is {timeout_ms}; allowed is 1 to {MAX_TIMEOUT_MS}")
    if len(payload.encode()) > MAX_TOKEN:
        raise CommandError("malformed", f"the payload takes {len(payload.encode())} bytes; LiveKit carries {MAX_TOKEN}")
    asked = PerformRpcRequest(
        room=room, destination_identity=identity, method=method, payload=payload, response_timeout_ms=timeout_ms
    )
    status, body = await _post(api, asked, patience=timeout_ms / 1000 + 2)
    if status != 200:
        raise _refusal(status, body, asked)
    try:
        return PerformRpcResponse.FromString(body).payload
    except DecodeError as error:
        raise CommandError("unreachable", f"{api.url} is not a LiveKit server: check LIVEKIT_URL") from error


async def _post(api: Api, asked: PerformRpcRequest, *, patience: float) -> tuple[int, bytes]:
    token = server_token(api_key=api.key, api_secret=api.secret, room=asked.room)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/protobuf"}
    address = "http" + api.url.rstrip("/").removeprefix("ws").removeprefix("http") + _PATH
    limit = aiohttp.ClientTimeout(total=patience)
    try:
        async with api.http.post(address, data=asked.SerializeToString(), headers=headers, timeout=limit) as came:
            return came.status, await came.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        text = f"{api.url} does not answer ({type(error).__name__}): is the LiveKit server running there?"
        raise CommandError("unreachable", text) from error


def _refusal(status: int, body: bytes, asked: PerformRpcRequest) -> CommandError:
    if status in (401, 403):
        return CommandError("unreachable", "the server refuses the key: check LIVEKIT_API_KEY and LIVEKIT_API_SECRET")
    code, message = _twirp_error(body)
    who = f"{asked.destination_identity!r} in room {asked.room!r}"
    if code in _NOBODY:
        return CommandError("unreachable", f"{who} does not answer: the call has ended, or its agent is gone")
    if _NO_SUCH_METHOD in message:
        return CommandError("unsupported", f"{who} has no method {asked.method!r}: it is not an agent run by offhook")
    return CommandError("unreachable", f"{who} could not be asked (HTTP {status}): {message or 'no reason given'}")


def _twirp_error(body: bytes) -> tuple[str, str]:
    try:
        told = json.loads(body)
    except ValueError:
        return "", ""
    return (str(told.get("code", "")), str(told.get("msg", ""))) if isinstance(told, dict) else ("", "")
