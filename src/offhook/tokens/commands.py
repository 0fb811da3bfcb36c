"""Tokens that a running call reads: one signed command to one call, taken once, within seconds."""

import hashlib
import hmac
import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import jwt
from jwt.types import Options

from offhook.core.errors import CommandError
from offhook.tokens.rooms import ALGORITHM, require_key

__all__ = ["MAX_TOKEN", "Command", "open_command", "sign_command"]

MAX_TOKEN = 15 * 1024
"""Bytes that LiveKit carries in one RPC payload."""

MAX_LIFE = 60.0
"""Seconds a command may live: whoever receives it remembers its id for so long."""

LEEWAY = 5.0
"""Seconds by which the clocks of the two sides may differ."""

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


def sign_command(*, api_secret: str, call: str, by: str, verb: Mapping[str, object], ttl: float = 30) -> str:
    """Sign one command to one call; it can be carried out once, within `ttl` seconds."""
    if not 0 < ttl <= MAX_LIFE:
        raise CommandError("malformed", f"a command lives more than 0 and at most {MAX_LIFE:.0f} s, not {ttl}")
    if not call or not by or not isinstance(verb.get("name"), str):
        raise CommandError("malformed", 'a command needs a call id, who it is by, and a verb such as {"name": "end"}')
    now = time.time()
    claims = {"aud": call, "sub": by, "jti": str(uuid.uuid4()), "iat": now, "exp": now + ttl, "verb": dict(verb)}
    token = jwt.encode(claims, _command_key(api_secret), algorithm=ALGORITHM)
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
        claims: Mapping[str, object] = jwt.decode(token, key, algorithms=[ALGORITHM], options=_SIGNATURE_ONLY)
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
    require_key(api_secret, "LIVEKIT_API_SECRET")
    return hmac.digest(api_secret.encode(), b"offhook command v1", hashlib.sha256)
