"""Decodes a token: its purpose, its grants, its validity, and whether it was signed with LIVEKIT_API_SECRET."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jwt

from offhook.checks.grants import grants
from offhook.core.errors import CommandError, SettingsError
from offhook.tokens import command_keys, verify_command
from offhook.tokens.signature import ALGORITHM, signed_claims

__all__ = ["Reading", "Signature", "read_token"]

Signature = Literal["fits", "differs", "unchecked"]

MAX = 256 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """The description of a token, line by line. `usable` is False if the token is not valid now, or if its signature is
    wrong.
    """

    lines: tuple[tuple[str, str], ...]
    claims: Mapping[str, object]
    signature: Signature
    usable: bool


def read_token(token: str, *, key: str | None, secret: str | None, now: float) -> Reading:
    """Describe a room token, a server token or a signed command. Raise `SettingsError` for any other text."""
    token = token.strip().removeprefix("Bearer ").strip()
    claims = _claims(token)
    signature = _signature(token, claims, secret)
    validity, valid = _time(claims, now)
    lines = [("for", _purpose(claims)), *_who(claims), *grants(claims), ("time", validity)]
    lines.append(("signature", _verdict(signature, str(claims.get("iss", "")), key)))
    return Reading(tuple(lines), claims, signature, valid and signature != "differs")


def _claims(token: str) -> Mapping[str, Any]:
    wrong = "this is not a token; a token has three parts separated by dots; make one with `offhook token ROOM`"
    if len(token) > MAX:
        raise SettingsError(wrong)
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise SettingsError(wrong) from None
    if header.get("alg") != ALGORITHM:
        raise SettingsError(
            f"this token is signed with {header.get('alg')!r}; LiveKit's tokens are signed with {ALGORITHM}"
        )
    return claims


def _signature(token: str, claims: Mapping[str, Any], secret: str | None) -> Signature:
    if not secret:
        return "unchecked"
    try:
        if _is_command(claims):
            verify_command(token, keys=command_keys(secret), call=str(claims.get("aud")), now=_number(claims, "iat"))
        else:
            signed_claims(token, secret)
    except CommandError as error:
        return "differs" if error.code == "unsigned" else "fits"
    except jwt.InvalidTokenError:
        return "differs"
    return "fits"


def _is_command(claims: Mapping[str, Any]) -> bool:
    return "verb" in claims or ({"aud", "jti"} <= claims.keys() and not claims.keys().isdisjoint({"role", "verbs"}))


def _verdict(signature: Signature, issuer: str, key: str | None) -> str:
    if signature == "unchecked":
        return "not checked: LIVEKIT_API_SECRET is not set"
    if signature == "differs":
        return "does not match LIVEKIT_API_SECRET: this server will refuse the token"
    if issuer and key and issuer != key:
        return "matches LIVEKIT_API_SECRET, but names another key than LIVEKIT_API_KEY"
    return "matches LIVEKIT_API_SECRET"


def _purpose(claims: Mapping[str, Any]) -> str:
    if _is_command(claims):
        return f"a command to call {claims.get('aud')}"
    video = claims.get("video")
    if isinstance(video, dict) and video.get("roomJoin"):
        return f"joining room {video['room']}" if video.get("room") else "joining any room"
    return "LiveKit's server API"


def _who(claims: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if claims.get("sub"):
        name = f" ({claims['name']})" if claims.get("name") else ""
        yield "identity" if "verb" not in claims else "by", f"{claims['sub']}{name}"
    if claims.get("kind") not in (None, "", "standard"):
        yield "kind", str(claims["kind"])
    if claims.get("attributes"):
        yield "attributes", json.dumps(claims["attributes"], ensure_ascii=False)
    if "verb" in claims:
        yield "verb", json.dumps(claims["verb"], ensure_ascii=False)


def _time(claims: Mapping[str, Any], now: float) -> tuple[str, bool]:
    begins, ends = _number(claims, "nbf"), _number(claims, "exp")
    if not ends:
        return "valid for ever: the token has no end", False
    if ends <= now:
        return f"expired {span(now - ends)} ago", False
    if begins > now:
        return f"not valid yet: begins in {span(begins - now)}", False
    return f"valid for {span(ends - now)} more", True


def span(seconds: float) -> str:
    """Return a duration as text in one unit, such as "3 h". The duration is rounded down, so that a token is valid at
    least as long as shown.
    """
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (size == 60 and seconds >= size):
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds // 1:.0f} s"


def _number(claims: Mapping[str, Any], claim: str) -> float:
    value = claims.get(claim)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12 else 0.0
