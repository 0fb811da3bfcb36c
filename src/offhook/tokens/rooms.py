"""Tokens for LiveKit: to join one room with only the rights of a role, or for one request to the server's API."""

import time
from collections.abc import Collection, Mapping
from typing import Literal, Protocol, get_args

import jwt

from offhook.core.errors import SettingsError
from offhook.tokens.signature import ALGORITHM

__all__ = ["Grant", "Keys", "Role", "join_token", "require_key", "room_token", "server_token"]

Role = Literal["caller", "phone", "listener", "monitor"]
"""caller: publishes the microphone and sends typed messages. phone: has the rights of a caller, and may change its own
attributes, such as `sip.*`. listener: only receives. monitor: only receives, and is hidden from other participants."""

Grant = Literal["agent", "roomAdmin", "roomCreate", "roomList"]

MAX_NAME = 256
"""The maximum number of characters that livekit-server allows in a room name, an identity or a display name."""

MAX_LIFE = 86_400.0
"""The maximum lifetime of a room token in seconds. Until the token expires, its holder can join again and again, even
after the room was closed.
"""

_ADMIN: tuple[Grant, ...] = ("roomAdmin",)
_RESERVED = ("lk.", "sip.")


class Secret(Protocol):
    """A text that `repr` does not show, such as pydantic's `SecretStr`."""

    def get_secret_value(self) -> str: ...


class Keys(Protocol):
    """An object with the API key and secret of a LiveKit project, such as the result of `load_settings()`."""

    @property
    def livekit_api_key(self) -> str | None: ...

    @property
    def livekit_api_secret(self) -> Secret | None: ...


def join_token(  # noqa: PLR0913  # each parameter is one part of the token; all but two are keyword-only
    room: str,
    identity: str,
    *,
    keys: Keys,
    role: Role = "caller",
    agent: str | None = None,
    metadata: str = "",
    name: str = "",
    ttl: float = 900,
) -> str:
    """Make a token with which one person can join one room. Call this in your backend: callers must not get API keys.

    Args:
        room: a name that nobody can guess; use a new name for each call.
        identity: identifies the person. A second participant with the same identity replaces the first.
        keys: an object with the API key and secret, such as the result of `load_settings()`.
        role: the rights of the person.
        agent: the `agent_name` of the agent to dispatch when the room is created. None: an agent without a name joins.
        metadata: the plan function gets this text as `call.metadata`. Callers can read the text, but cannot change it.
        name: the name that other participants see.
        ttl: the person can join within this number of seconds. A running call continues after this time.

    """
    secret = keys.livekit_api_secret
    return room_token(
        api_key=keys.livekit_api_key or "",
        api_secret=secret.get_secret_value() if secret else "",
        room=room,
        identity=identity,
        role=role,
        ttl=ttl,
        name=name,
        agent=agent,
        metadata=metadata,
    )


def room_token(  # noqa: PLR0913  # each parameter is one part of the token; all are keyword-only
    *,
    api_key: str,
    api_secret: str,
    room: str,
    identity: str,
    role: Role,
    ttl: float = 900,
    name: str = "",
    attributes: Mapping[str, str] | None = None,
    kind: Literal["standard", "sip"] = "standard",
    agent: str | None = None,
    metadata: str = "",
) -> str:
    """Make a token to join one room as `role`. If the room is new, the server dispatches `agent` with `metadata`."""
    _check_names(room=room, identity=identity, name=name)
    if metadata and agent is None:
        raise SettingsError("metadata goes to an agent: name the agent with agent=")
    if not 1 <= ttl <= MAX_LIFE:
        raise SettingsError(f"the ttl of a room token is at least 1 s and at most {MAX_LIFE:.0f} s, not {ttl}")
    claims: dict[str, object] = {"sub": identity, "kind": kind, "video": _room_grants(room, role)}
    if name:
        claims["name"] = name
    if attributes:
        claims["attributes"] = _unreserved(attributes) if kind == "standard" else dict(attributes)
    if agent is not None:
        claims["roomConfig"] = {"agents": [{"agentName": agent, "metadata": metadata}]}
    return _issue(claims, api_key=api_key, api_secret=api_secret, ttl=ttl)


def server_token(*, api_key: str, api_secret: str, room: str | None = None, grants: Collection[Grant] = _ADMIN) -> str:
    """Make a token for one request to the LiveKit server's API. With the grant `roomAdmin`, `room` is necessary."""
    if "roomAdmin" in grants and not room:
        raise SettingsError("the grant roomAdmin is for one room: name the room with room=")
    video: dict[str, object] = dict.fromkeys(grants, True)
    if room:
        video["room"] = room
    return _issue({"video": video}, api_key=api_key, api_secret=api_secret, ttl=60)


def require_key(value: str, variable: str) -> None:
    """Raise `SettingsError` if an API key or secret is empty. The error names the environment variable."""
    if not value:
        raise SettingsError(f"{variable} is not set; set it in the environment or in .env.local")


def _check_names(*, room: str, identity: str, name: str) -> None:
    if not room or not identity:
        raise SettingsError("a room token needs a room and an identity; neither may be empty")
    for label, value in (("room", room), ("identity", identity), ("name", name)):
        if len(value) > MAX_NAME:
            raise SettingsError(f"the {label} has {len(value)} characters; LiveKit takes at most {MAX_NAME}")


def _unreserved(attributes: Mapping[str, str]) -> dict[str, str]:
    """Refuse LiveKit's own attribute names, because a web caller could use them to look like a phone caller."""
    for key in attributes:
        if key.startswith(_RESERVED):
            raise SettingsError(f'the attribute {key} belongs to LiveKit; choose a name without "lk." and "sip."')
    return dict(attributes)


def _room_grants(room: str, role: Role) -> dict[str, object]:
    if role not in get_args(Role):
        raise SettingsError(f"{role!r} is not a role; the roles are {', '.join(get_args(Role))}")
    may_publish = role in ("caller", "phone")
    grants: dict[str, object] = {"roomJoin": True, "room": room, "canSubscribe": True}
    grants |= {"canPublish": may_publish, "canPublishData": may_publish, "canUpdateOwnMetadata": role == "phone"}
    if role == "monitor":
        grants["hidden"] = True
    return grants | ({"canPublishSources": ["microphone"]} if may_publish else {})


def _issue(claims: Mapping[str, object], *, api_key: str, api_secret: str, ttl: float) -> str:
    require_key(api_key, "LIVEKIT_API_KEY")
    require_key(api_secret, "LIVEKIT_API_SECRET")
    now = int(time.time())
    return jwt.encode({**claims, "iss": api_key, "nbf": now, "exp": now + int(ttl)}, api_secret, algorithm=ALGORITHM)
