"""Reads a token back: what it is for, what it allows, how long, and whether our secret signed it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jwt

from offhook.checks.rights import rights
from offhook.core.errors import CommandError, SettingsError
from offhook.tokens import open_command

__all__ = ["Reading", "Signature", "read_token"]

Signature = Literal["fits", "differs", "unchecked"]

MAX = 256 * 1024
_SIGNED = "HS256"


@dataclass(frozen=True, slots=True)
class Reading:
    """A token in words, line by line; `usable` when nothing that can be seen here speaks against it."""

    lines: tuple[tuple[str, str], ...]
    claims: Mapping[str, object]
    signature: Signature
    usable: bool


def read_token(token: str, *, key: str | None, secret: str | None, now: float) -> Reading:
    """Read a room token, a server token or a command; raises `SettingsError` for what is none."""
    token = token.strip().removeprefix("Bearer ").strip()
    claims = _claims(token)
    signature = _signature(token, claims, secret)
    told, valid = _time(claims, now)
    lines = [("for", _purpose(claims)), *_who(claims), *rights(claims), ("time", told)]
    lines.append(("signature", _verdict(signature, str(claims.get("iss", "")), key)))
    return Reading(tuple(lines), claims, signature, valid and signature != "differs")


def _claims(token: str) -> Mapping[str, Any]:
    wrong = "this is not a token; a token is three parts with dots between them, made with `offhook token ROOM`"
    if len(token) > MAX:
        raise SettingsError(wrong)
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise SettingsError(wrong) from None
    if header.get("alg") != _SIGNED:
        raise SettingsError(
            f"this token is signed with {header.get('alg')!r}; LiveKit's tokens are signed with {_SIGNED}"
        )
    return claims


def _signature(token: str, claims: Mapping[str, Any], secret: str | None) -> Signature:
    if not secret:
        return "unchecked"
    try:
        if "verb" in claims:
            open_command(token, api_secret=secret, call=str(claims.get("aud")), now=_number(claims, "iat"), seen=())
        else:
            every = ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
            jwt.decode(token, secret, algorithms=[_SIGNED], options={f"verify_{claim}": False for claim in every})  # type: ignore[arg-type]  # a TypedDict of just these names
    except CommandError as error:
        return "differs" if error.code == "unsigned" else "fits"
    except jwt.InvalidTokenError:
        return "differs"
    return "fits"


def _verdict(signature: Signature, issuer: str, key: str | None) -> str:
    if signature == "unchecked":
        return "not checked: LIVEKIT_API_SECRET is not set"
    if signature == "differs":
        return "does not fit LIVEKIT_API_SECRET: this server will refuse it"
    if issuer and key and issuer != key:
        return "fits LIVEKIT_API_SECRET, but names another key than LIVEKIT_API_KEY"
    return "fits LIVEKIT_API_SECRET"


def _purpose(claims: Mapping[str, Any]) -> str:
    if "verb" in claims:
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
        return "valid for ever: it names no end", False
    if ends <= now:
        return f"ran out {span(now - ends)} ago", False
    if begins > now:
        return f"not valid yet: begins in {span(begins - now)}", False
    return f"valid for {span(ends - now)} more", True


def span(seconds: float) -> str:
    """A length of time in its largest unit, rounded down: a token is never said to live longer than it does."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size or (size == 60 and seconds >= size):
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds // 1:.0f} s"


def _number(claims: Mapping[str, Any], claim: str) -> float:
    value = claims.get(claim)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12 else 0.0
