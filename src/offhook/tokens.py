"""Tokens: who may join a room, who may call the server's API, who may command a call."""

import hashlib
import hmac
import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import jwt
from jwt.types import Options

from offhook.core.errors import CommandError, SettingsError

__all__ = ["MAX_TOKEN", "Command", "Grant", "Role", "open_command", "room_token", "server_token", "sign_command"]

Role = Literal["caller", "phone", "listener"]
"""caller: microphone and typed messages; phone: the same, and may change its own `sip.*` attributes; listener: ears."""

Grant = Literal["roomAdmin", "roomCreate", "roomList"]

MAX_TOKEN = 15 * 1024
"""Bytes that LiveKit carries in one RPC payload."""

MAX_LIFE = 60.0
"""Seconds a command may live: whoever receives it remembers its id for so long."""

LEEWAY = 5.0
"""Seconds by which the clocks of the two sides may differ."""

_ALGORITHM = "HS256"
_ADMIN: tuple[Grant, ...] = ("roomAdmin",)
_SIGNATURE_ONLY: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


@dataclass(frozen=True, slots=True)
class Command:
    """A command whose signature, age and address are right. Remember `id` until `expires_at`: it must not run twice."""

    id: str
    by: str
    verb: Mapping[str, object]
    expires_at: float


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
    if not room or not identity:
        raise SettingsError("a room token needs a room and an identity; neither may be empty")
    if metadata and agent is None:
        raise SettingsError("metadata travels to an agent: say which with agent=")
    claims: dict[str, object] = {"sub": identity, "kind": kind, "video": _room_grants(room, role)}
    if name:
        claims["name"] = name
    if attributes:
        claims["attributes"] = dict(attributes)
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


def sign_command(*, api_secret: str, call: str, by: str, verb: Mapping[str, object], ttl: float = 30) -> str:
    """Sign one command to one call; it can be carried out once, within `ttl` seconds."""
    if not 0 < ttl <= MAX_LIFE:
        raise CommandError("malformed", f"a command lives more than 0 and at most {MAX_LIFE:.0f} s, not {ttl}")
    if not call or not by or not isinstance(verb.get("name"), str):
        raise CommandError("malformed", 'a command needs a call id, who it is by, and a verb such as {"name": "end"}')
    now = time.time()
    claims = {"aud": call, "sub": by, "jti": str(uuid.uuid4()), "iat": now, "exp": now + ttl, "verb": dict(verb)}
    token = jwt.encode(claims, _command_key(api_secret), algorithm=_ALGORITHM)
    if len(token) > MAX_TOKEN:
        raise CommandError("malformed", f"the command takes {len(token)} bytes; LiveKit carries {MAX_TOKEN}: say less")
    return token


def open_command(token: str, *, api_secret: str, call: str, now: float, seen: Collection[str]) -> Command:
    """Read a command, or raise `CommandError`; `seen` holds the ids of commands that were taken already."""
    claims = _verified(token, _command_key(api_secret))
    by, jti, verb = claims.get("sub"), claims.get("jti"), claims.get("verb")
    if not isinstance(by, str) or not isinstance(jti, str) or not isinstance(verb, dict) or not by or not jti:
        raise CommandError("malformed", "the command lacks a sender, an id or a verb; make it with sign_command")
    expires_at = _expiry(claims, now)
    if claims.get("aud") != call:
        raise CommandError("elsewhere", "the command is for another call; sign it with the id of this one")
    if jti in seen:
        raise CommandError("replayed", f"command {jti} was taken already; sign a new one")
    return Command(jti, by, verb, expires_at)


def _verified(token: str, key: bytes) -> Mapping[str, object]:
    if len(token) > MAX_TOKEN or not token.isascii():
        raise CommandError("malformed", f"a command is ASCII text of at most {MAX_TOKEN} bytes, made by sign_command")
    try:
        claims: Mapping[str, object] = jwt.decode(token, key, algorithms=[_ALGORITHM], options=_SIGNATURE_ONLY)
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError) as error:
        raise CommandError("unsigned", "the command is not signed with this server's API secret") from error
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:  # PyJWT before 2.15 lets the last out
        raise CommandError("malformed", "this is not a command; make it with sign_command") from error
    return claims


def _expiry(claims: Mapping[str, object], now: float) -> float:
    born, dies = _moment(claims, "iat"), _moment(claims, "exp")
    if not 0 < dies - born <= MAX_LIFE:
        raise CommandError("expired", f"the command lives {dies - born:.0f} s; at most {MAX_LIFE:.0f} are allowed")
    if born > now + LEEWAY:
        raise CommandError("expired", "the command comes from the future; set the clocks of both sides right")
    if dies + LEEWAY <= now:
        raise CommandError("expired", f"the command ran out {now - dies:.0f} s ago; sign a new one")
    return dies + LEEWAY


def _moment(claims: Mapping[str, object], claim: str) -> float:
    value = claims.get(claim)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise CommandError("malformed", f"the command's {claim} is not a time; make it with sign_command")
    return float(value)


def _command_key(api_secret: str) -> bytes:
    _require(api_secret, "LIVEKIT_API_SECRET")
    return hmac.digest(api_secret.encode(), b"offhook command v1", hashlib.sha256)


def _room_grants(room: str, role: Role) -> dict[str, object]:
    speaks = role != "listener"
    grants: dict[str, object] = {"roomJoin": True, "room": room, "canSubscribe": True}
    grants |= {"canPublish": speaks, "canPublishData": speaks, "canUpdateOwnMetadata": role == "phone"}
    return grants | ({"canPublishSources": ["microphone"]} if speaks else {})


def _issue(claims: Mapping[str, object], *, api_key: str, api_secret: str, ttl: float) -> str:
    _require(api_key, "LIVEKIT_API_KEY")
    _require(api_secret, "LIVEKIT_API_SECRET")
    if ttl < 1:
        raise SettingsError(f"a token must live at least 1 s, not {ttl}")
    now = int(time.time())
    return jwt.encode({**claims, "iss": api_key, "nbf": now, "exp": now + int(ttl)}, api_secret, algorithm=_ALGORITHM)


def _require(value: str, variable: str) -> None:
    if not value:
        raise SettingsError(f"{variable} is not set; set it in the environment or in .env.local")
