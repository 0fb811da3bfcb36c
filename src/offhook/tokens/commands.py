"""Signed commands for running calls. Each token is for one command and one call. The call accepts a token only once."""

import hashlib
import hmac
import json
import secrets
import time
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from offhook.core.commands import ROLES, Role
from offhook.core.commands.keys import CommandKey
from offhook.core.errors import CommandError
from offhook.tokens.rooms import require_key
from offhook.tokens.signature import ALGORITHM, signed_claims

__all__ = ["MAX_TOKEN", "Command", "command_keys", "sign_command", "verify_command", "with_verb"]

MAX_TOKEN = 15 * 1024
"""The maximum size of an RPC payload in LiveKit, in bytes."""

MAX_LIFE = 60.0
"""The maximum lifetime of a command in seconds. Until a command expires, the receiver stores its id."""

LEEWAY = 5.0
"""The permitted difference between the clocks of sender and receiver, in seconds."""

MAX_ID, MAX_BY = 100, 200
_LINES = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories of characters that break a line, control a terminal, or cannot be encoded in UTF-8."""
_UNKNOWN = CommandKey("", "viewer", secrets.token_bytes(32))


@dataclass(frozen=True, slots=True)
class Command:
    """A verified command. The receiver must store `id` until `expires_at`, so that no command runs twice.

    `role` limits what the sender may do. If `verbs` is not None, the sender may use only the commands in `verbs` that
    the role permits.
    """

    id: str
    by: str
    verb: Mapping[str, object]
    expires_at: float
    role: Role = "supervisor"
    verbs: Sequence[str] | None = None


def command_keys(api_secret: str, own: Sequence[CommandKey] = ()) -> Mapping[str, CommandKey]:
    """Return the signing keys by name: the keys in `own`, and the key "", which is made from the API secret."""
    return {"": CommandKey("", "supervisor", _api_key(api_secret)), **{key.name: key for key in own}}


def sign_command(  # noqa: PLR0913  # the claims of a token, by name
    *,
    call: str,
    by: str,
    verb: Mapping[str, object] | None = None,
    api_secret: str = "",
    key: CommandKey | None = None,
    id: str = "",  # noqa: A002  # the name of the claim in the API
    role: Role | None = None,
    verbs: Sequence[str] | None = None,
    ttl: float = 30,
) -> str:
    """Sign one command for one call. The call accepts the command once, within `ttl` seconds (at most 60).

    The command is signed with `key`, or with the API secret if there is no `key`. If a command has the same sender and
    `id` as an earlier command, the call does not run the command again, and sends the earlier reply. Without `id`,
    every token is a new command. `role` and `verbs` further limit what the token permits. A token without a `verb` is a
    grant: the holder of the token adds the verb with `with_verb`.
    """
    if not 0 < ttl <= MAX_LIFE:
        raise CommandError("malformed", f"the ttl of a command is more than 0 and at most {MAX_LIFE:.0f} s, not {ttl}")
    if not call or not by or (verb is not None and not isinstance(verb.get("name"), str)):
        raise CommandError("malformed", 'a command needs a call id, a sender (by), and a verb such as {"name": "end"}')
    if verb is None and role is None and verbs is None:
        raise CommandError("malformed", "a token without a verb needs a role or a list of verbs")
    _check_names(by, id)
    now = time.time()
    claims: dict[str, Any] = {"aud": call, "sub": by, "jti": id or str(uuid.uuid4()), "iat": now, "exp": now + ttl}
    limits = {"verb": dict(verb) if verb else None, "role": role, "verbs": list(verbs) if verbs is not None else None}
    claims |= {name: value for name, value in limits.items() if value is not None}
    chosen = key or CommandKey("", "supervisor", _api_key(api_secret))
    headers = {"kid": chosen.name} if chosen.name else None
    token = jwt.encode(claims, chosen.secret, algorithm=ALGORITHM, headers=headers)
    _check_size(token)
    return token


def with_verb(token: str, verb: Mapping[str, object]) -> str:
    """Combine a grant (a token without a verb) with a verb, and return the payload to send."""
    payload = json.dumps({"token": token, "verb": dict(verb)})
    _check_size(payload)
    return payload


def verify_command(payload: str, *, keys: Mapping[str, CommandKey], call: str, now: float) -> Command:
    """Verify a payload and return its command. Raises `CommandError` if the payload is not valid: for example, if the
    token has expired or is for another call.

    This function also accepts a token that was used before. The receiver must detect a repeated command by
    its sender and its id.
    """
    token, given = _token_and_verb(payload)
    key, claims = _verified(token, keys)
    by, jti, verb = claims.get("sub"), claims.get("jti"), claims.get("verb", given)
    if not isinstance(by, str) or not isinstance(jti, str) or not isinstance(verb, dict) or not by or not jti:
        raise CommandError("malformed", "the command lacks a sender, an id or a verb; make it with sign_command")
    if given is not None and "verb" in claims:
        raise CommandError("malformed", "the token has a verb already; send the token alone")
    _check_names(by, jti)
    expires_at = _expiry(claims, now)
    if claims.get("aud") != call:
        raise CommandError("elsewhere", "the command is for another call; sign it with the id of this one")
    role, verbs = _limits(key, claims)
    return Command(jti, by, verb, expires_at, role, verbs)


def _limits(key: CommandKey, claims: Mapping[str, object]) -> tuple[Role, Sequence[str] | None]:
    """Return the lower of two roles (of the signing key and of the token), and the token's list of verbs."""
    role, verbs = claims.get("role", key.role), claims.get("verbs")
    if role not in ROLES or not (verbs is None or (isinstance(verbs, list) and all(isinstance(v, str) for v in verbs))):
        raise CommandError("malformed", f"the token's role must be one of {', '.join(ROLES)}, and `verbs` a list")
    return min(role, key.role, key=ROLES.index), verbs


def _token_and_verb(payload: str) -> tuple[str, dict[str, object] | None]:
    if len(payload.encode(errors="replace")) > MAX_TOKEN:
        raise CommandError("malformed", f"a command has at most {MAX_TOKEN} bytes")
    if not payload.startswith("{"):
        return payload, None
    try:
        raw = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise CommandError("malformed", "this is not a command; make it with sign_command") from error
    token, verb = raw.get("token"), raw.get("verb")
    if not isinstance(token, str) or not isinstance(verb, dict) or raw.keys() != {"token", "verb"}:
        raise CommandError("malformed", "a command is a token, or an object with `token` and `verb`")
    return token, verb


def _verified(token: str, keys: Mapping[str, CommandKey]) -> tuple[CommandKey, Mapping[str, object]]:
    if not token.isascii():
        raise CommandError("malformed", "a command is ASCII text, made by sign_command")
    try:
        name = jwt.get_unverified_header(token).get("kid", "")
        # For an unknown key name, a random key is used, so that the error is the same as for a wrong signature.
        key = keys.get(name, _UNKNOWN) if isinstance(name, str) else _UNKNOWN
        return key, signed_claims(token, key.secret)
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError) as error:
        text = "the command is not signed with this server's API secret or a key in OFFHOOK_COMMAND_KEYS"
        raise CommandError("unsigned", text) from error
    except (
        jwt.InvalidTokenError,
        ValueError,
        RecursionError,
    ) as error:  # PyJWT before 2.15 does not catch RecursionError
        raise CommandError("malformed", "this is not a command; make it with sign_command") from error


def _expiry(claims: Mapping[str, object], now: float) -> float:
    issued, expires = _timestamp(claims, "iat"), _timestamp(claims, "exp")
    if not 0 < expires - issued <= MAX_LIFE + 0.001:
        lifetime = f"{expires - issued:.0f} s"
        raise CommandError("expired", f"the command is valid for {lifetime}; at most {MAX_LIFE:.0f} are allowed")
    if issued > now + LEEWAY:
        ahead = f"{issued - now:.0f} s"
        raise CommandError("clock", f"the sender's clock is {ahead} ahead; synchronise the clocks of both machines")
    if expires + LEEWAY <= now:
        raise CommandError("expired", f"the command expired {now - expires:.0f} s ago; sign a new one")
    return expires + LEEWAY


def _timestamp(claims: Mapping[str, object], claim: str) -> float:
    value = claims.get(claim)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise CommandError("malformed", f"the command's {claim} is not a time; make it with sign_command")
    return float(value)


def _check_names(by: str, command_id: str) -> None:
    """Refuse a sender or an id that is too long or not one line, because the journal and the reply quote both."""
    for what, text, most in (("sender", by, MAX_BY), ("id", command_id, MAX_ID)):
        if len(text) > most or any(unicodedata.category(letter) in _LINES for letter in text):
            raise CommandError("malformed", f"the {what} of a command is one line of at most {most} characters")


def _check_size(payload: str) -> None:
    if len(payload) > MAX_TOKEN:
        raise CommandError(
            "too_long", f"the command takes {len(payload)} bytes; LiveKit carries {MAX_TOKEN}; shorten it"
        )


def _api_key(api_secret: str) -> bytes:
    require_key(api_secret, "LIVEKIT_API_SECRET")
    return hmac.digest(api_secret.encode(), b"offhook command v1", hashlib.sha256)
