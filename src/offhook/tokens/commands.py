"""Signed commands. A token is one command for one call. The call accepts the token once, before the token expires."""

import hashlib
import hmac
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from offhook.core.errors import CommandError
from offhook.tokens.rooms import require_key
from offhook.tokens.signature import ALGORITHM, signed_claims

__all__ = ["MAX_TOKEN", "Command", "sign_command", "verify_command"]

MAX_TOKEN = 15 * 1024
"""The maximum size of an RPC payload in LiveKit, in bytes."""

MAX_LIFE = 60.0
"""The maximum lifetime of a command in seconds. The receiver stores the id of a command until the command expires."""

LEEWAY = 5.0
"""The permitted difference between the clocks of sender and receiver, in seconds."""


@dataclass(frozen=True, slots=True)
class Command:
    """A verified command. The receiver must store `id` until `expires_at`, so that no command runs twice."""

    id: str
    by: str
    verb: Mapping[str, object]
    expires_at: float


def sign_command(*, api_secret: str, call: str, by: str, verb: Mapping[str, object], ttl: float = 30) -> str:
    """Sign one command for one call. The call accepts the command once, within `ttl` seconds."""
    if not 0 < ttl <= MAX_LIFE:
        raise CommandError("malformed", f"the ttl of a command is more than 0 and at most {MAX_LIFE:.0f} s, not {ttl}")
    if not call or not by or not isinstance(verb.get("name"), str):
        raise CommandError("malformed", 'a command needs a call id, a sender (by), and a verb such as {"name": "end"}')
    now = time.time()
    claims = {"aud": call, "sub": by, "jti": str(uuid.uuid4()), "iat": now, "exp": now + ttl, "verb": dict(verb)}
    token = jwt.encode(claims, _command_key(api_secret), algorithm=ALGORITHM)
    if len(token) > MAX_TOKEN:
        raise CommandError(
            "malformed", f"the command takes {len(token)} bytes; LiveKit carries {MAX_TOKEN}; shorten it"
        )
    return token


def verify_command(token: str, *, api_secret: str, call: str, now: float) -> Command:
    """Return the command in a token. Raises `CommandError` if the token is not valid for this call now.

    This function accepts a repeated token. The receiver must detect the repetition by the id of the command.
    """
    claims = _verified(token, _command_key(api_secret))
    by, jti, verb = claims.get("sub"), claims.get("jti"), claims.get("verb")
    if not isinstance(by, str) or not isinstance(jti, str) or not isinstance(verb, dict) or not by or not jti:
        raise CommandError("malformed", "the command lacks a sender, an id or a verb; make it with sign_command")
    expires_at = _expiry(claims, now)
    if claims.get("aud") != call:
        raise CommandError("elsewhere", "the command is for another call; sign it with the id of this one")
    return Command(jti, by, verb, expires_at)


def _verified(token: str, key: bytes) -> Mapping[str, object]:
    if len(token) > MAX_TOKEN or not token.isascii():
        raise CommandError("malformed", f"a command is ASCII text of at most {MAX_TOKEN} bytes, made by sign_command")
    try:
        return signed_claims(token, key)
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError) as error:
        raise CommandError("unsigned", "the command is not signed with this server's API secret") from error
    except (
        jwt.InvalidTokenError,
        ValueError,
        RecursionError,
    ) as error:  # PyJWT before 2.15 does not catch RecursionError
        raise CommandError("malformed", "this is not a command; make it with sign_command") from error


def _expiry(claims: Mapping[str, object], now: float) -> float:
    issued, expires = _timestamp(claims, "iat"), _timestamp(claims, "exp")
    if not 0 < expires - issued <= MAX_LIFE:
        lifetime = f"{expires - issued:.0f} s"
        raise CommandError("expired", f"the command is valid for {lifetime}; at most {MAX_LIFE:.0f} are allowed")
    if issued > now + LEEWAY:
        raise CommandError("expired", "the command was issued in the future; synchronise the clocks of both machines")
    if expires + LEEWAY <= now:
        raise CommandError("expired", f"the command expired {now - expires:.0f} s ago; sign a new one")
    return expires + LEEWAY


def _timestamp(claims: Mapping[str, object], claim: str) -> float:
    value = claims.get(claim)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise CommandError("malformed", f"the command's {claim} is not a time; make it with sign_command")
    return float(value)


def _command_key(api_secret: str) -> bytes:
    require_key(api_secret, "LIVEKIT_API_SECRET")
    return hmac.digest(api_secret.encode(), b"offhook command v1", hashlib.sha256)
