"""Tokens that LiveKit reads: to join one room with the least rights of a role, or for one call of the server's API."""

import time
from collections.abc import Collection, Mapping
from typing import Literal, Protocol, get_args

import jwt

from offhook.core.errors import SettingsError

__all__ = ["ALGORITHM", "Grant", "Keys", "Role", "join_token", "require_key", "room_token", "server_token"]

Role = Literal["caller", "phone", "listener", "monitor"]
"""caller: microphone and typed messages; phone: the same, and may change its own `sip.*` attributes; listener: ears;
monitor: ears that nobody sees."""

Grant = Literal["roomAdmin", "roomCreate", "roomList"]

ALGORITHM = "HS256"

MAX_NAME = 256
"""Characters that livekit-server takes for a room, an identity or a name."""

MAX_LIFE = 86_400.0
"""Seconds a room token may live. It lets its holder in again and again, even into a room that was closed meanwhile."""

_ADMIN: tuple[Grant, ...] = ("roomAdmin",)
_RESERVED = ("lk.", "sip.")


class Secret(Protocol):
    """A text that does not show itself."""

    def get_secret_value(self) -> str: ...


class Keys(Protocol):
    """Whoever holds the key of a LiveKit project; `load_settings()` gives one."""

    @property
    def livekit_api_key(self) -> str | None: ...

    @property
    def livekit_api_secret(self) -> Secret | None: ...


def join_token(  # noqa: PLR0913  # each is one claim of the token, and all but two are named
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
    """A token for one person and one room, made where nobody else can see the keys: in your backend.

    Args:
        room: a name nobody can guess, a new one for each call.
        identity: who it is; two with the same identity throw each other out of the room.
        keys: `load_settings()`.
        role: what the person may do, and nothing more.
        agent: the `agent_name` to send for when the room is new; without it, agents without a name come.
        metadata: reaches the agent's plan as `call.metadata`; callers cannot change it, but they can read it.
        name: what others see.
        ttl: seconds in which the room may be joined; a call goes on after them.

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


def room_token(  # noqa: PLR0913  # each is one claim of the token, and all are named
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
    """A token to join one room with the least rights of `role`; a new room sends for `agent`, with `metadata`."""
    _check_names(room=room, identity=identity, name=name)
    if metadata and agent is None:
        raise SettingsError("metadata travels to an agent: say which with agent=")
    if not 1 <= ttl <= MAX_LIFE:
        raise SettingsError(f"a room token lives at least 1 s and at most {MAX_LIFE:.0f} s, not {ttl}")
    claims: dict[str, object] = {"sub": identity, "kind": kind, "video": _room_grants(room, role)}
    if name:
        claims["name"] = name
    if attributes:
        claims["attributes"] = _free(attributes) if kind == "standard" else dict(attributes)
    if agent is not None:
        claims["roomConfig"] = {"agents": [{"agentName": agent, "metadata": metadata}]}
    return _issue(claims, api_key=api_key, api_secret=api_secret, ttl=ttl)


def server_token(*, api_key: str, api_secret: str, room: str | None = None, grants: Collection[Grant] = _ADMIN) -> str:
    """A token for one call of the server's API; `roomAdmin` is for one named room."""
    if "roomAdmin" in grants and not room:
        raise SettingsError("the grant roomAdmin is for one room: say which with room=")
    video: dict[str, object] = dict.fromkeys(grants, True)
    if room:
        video["room"] = room
    return _issue({"video": video}, api_key=api_key, api_secret=api_secret, ttl=60)


def require_key(value: str, variable: str) -> None:
    """Refuse an empty key or secret with the name of its variable."""
    if not value:
        raise SettingsError(f"{variable} is not set; set it in the environment or in .env.local")


def _check_names(*, room: str, identity: str, name: str) -> None:
    if not room or not identity:
        raise SettingsError("a room token needs a room and an identity; neither may be empty")
    for what, value in (("room", room), ("identity", identity), ("name", name)):
        if len(value) > MAX_NAME:
            raise SettingsError(f"the {what} has {len(value)} characters; LiveKit takes at most {MAX_NAME}")


def _free(attributes: Mapping[str, str]) -> dict[str, str]:
    """Attributes as they may stand in anybody's token: with LiveKit's own names a web caller would pass for a phone."""
    for key in attributes:
        if key.startswith(_RESERVED):
            raise SettingsError(f'the attribute {key} belongs to LiveKit; choose a name without "lk." and "sip."')
    return dict(attributes)


def _room_grants(room: str, role: Role) -> dict[str, object]:
    if role not in get_args(Role):
        raise SettingsError(f"{role!r} is not a role; the roles are {', '.join(get_args(Role))}")
    speaks = role in ("caller", "phone")
    grants: dict[str, object] = {"roomJoin": True, "room": room, "canSubscribe": True}
    grants |= {"canPublish": speaks, "canPublishData": speaks, "canUpdateOwnMetadata": role == "phone"}
    if role == "monitor":
        grants["hidden"] = True
    return grants | ({"canPublishSources": ["microphone"]} if speaks else {})


def _issue(claims: Mapping[str, object], *, api_key: str, api_secret: str, ttl: float) -> str:
    require_key(api_key, "LIVEKIT_API_KEY")
    require_key(api_secret, "LIVEKIT_API_SECRET")
    now = int(time.time())
    return jwt.encode({**claims, "iss": api_key, "nbf": now, "exp": now + int(ttl)}, api_secret, algorithm=ALGORITHM)
