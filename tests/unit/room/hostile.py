"""Makes hostile payloads from a seed: what a stranger, a broken client or a signer with bad intent may send."""

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from tests.unit.policies.test_commands import EXAMPLES

from offhook.core.commands import COMMANDS
from offhook.core.commands.base import MAX_WAIT
from offhook.core.commands.keys import CommandKey
from offhook.tokens import command_keys, sign_command

__all__ = ["CALL", "KEYS", "OWN", "SECRET", "hostile", "jwt_of"]

CALL = "AJ_here"
SECRET = "s" * 40
OWN = (CommandKey("dashboard", "viewer", b"v" * 32), CommandKey("desk", "operator", b"o" * 32))
KEYS = command_keys(SECRET, OWN)

_CLAIMS = ("aud", "sub", "jti", "iat", "exp", "verb", "role", "verbs", "nbf", "iss", "kid")
_HEADERS = ("alg", "typ", "kid", "crit", "b64", "jku", "x5u", "zip")
_LETTERS = 'abc {}[]":.,\\\0\x1b\n\r\u2028\u202e\ud800\U0001f600é'


def hostile(dice: random.Random) -> str:
    """Return one payload."""
    return dice.choice(_KINDS)(dice)


def value(dice: random.Random) -> Any:
    """Return a value that no field expects."""
    return dice.choice(
        (
            lambda: dice.choice((None, True, False, 0, -1, 1, 1.0, 2**63, -(2**64), 10**400, 1e308, -0.0)),
            lambda: float(dice.choice(("nan", "inf", "-inf"))),
            lambda: dice.choice(("", " ", "\0", "\ud800", "\udfff x", "a\nb", "\x1b[2J", "\u202e", "__class__", "NaN")),
            lambda: dice.choice(("x", "é", "\U0001f600")) * dice.choice((100, 101, 4_000, 4_001, 15_000)),
            lambda: text(dice),
            lambda: dice.choice(([], {}, [[]], [None], ["say"], {"name": "say"}, {"": {}}, [1] * 500)),
            lambda: deep(dice.choice((20, 300, 900, 995))),
            lambda: dice.choice((list(COMMANDS), "supervisor", ["supervisor"], CALL, [CALL], time.time(), "end")),
        )
    )()


def text(dice: random.Random) -> str:
    return "".join(dice.choice(_LETTERS) for _ in range(dice.randint(1, 60)))


def deep(levels: int) -> Any:
    made: Any = 0
    for level in range(levels):
        made = [made] if level % 2 else {"name": made}
    return made


def verb(dice: random.Random) -> Any:
    """Return a valid verb with one field changed, or another one added."""
    made: dict[str, Any] = dict(dice.choice(EXAMPLES))
    kind = COMMANDS[made["name"]]
    names = ["name", *(one.name for one in fields(kind)), text(dice), "by", "id"]  # type: ignore[arg-type]  # a dataclass
    made[dice.choice(names)] = value(dice)
    if dice.random() < 0.2:
        made.pop(dice.choice(list(made)))
    wait = made.get("wait")
    return made if not isinstance(wait, float | int) or not 0 < wait <= MAX_WAIT else {**made, "wait": 0.0}


def claims(dice: random.Random) -> dict[str, Any]:
    """Return the claims of a valid token, most often with something wrong."""
    now = time.time()
    made: dict[str, Any] = {"aud": CALL, "sub": "ops", "jti": str(dice.random()), "iat": now, "exp": now + 30}
    made["verb"] = verb(dice) if dice.random() < 0.6 else dict(dice.choice(EXAMPLES))
    for _ in range(dice.choice((0, 0, 1, 1, 2))):
        made[dice.choice(_CLAIMS)] = value(dice)
    if dice.random() < 0.1:
        made.pop(dice.choice(list(made)))
    return made


def jwt_of(body: str, *, header: str = '{"alg":"HS256","typ":"JWT"}', secret: bytes = KEYS[""].secret) -> str:
    """Sign any text as a token, also one that no library would sign."""
    signed = b".".join(_b64(part.encode(errors="surrogatepass")) for part in (header, body))
    return b".".join((signed, _b64(hmac.digest(secret, signed, hashlib.sha256)))).decode()


def _b64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def _signed(dice: random.Random) -> str:
    """Return a correctly signed token with hostile claims."""
    key = dice.choice(list(KEYS.values()))
    kid = {"kid": key.name} if key.name else {}
    return jwt_of(_dumped(claims(dice)), header=json.dumps({"alg": "HS256", **kid}), secret=key.secret)


def _odd_json(dice: random.Random) -> str:
    """Return a correctly signed token whose body is not the JSON that a library writes."""
    body = _dumped(claims(dice))
    depth = dice.choice((10, 900, 3_000))
    return jwt_of(
        dice.choice(
            (
                body.replace('"verb"', '"verb": 1, "verb"', 1),
                body + body,
                body[: dice.randrange(len(body))],
                body[:-1] + ',"x":' + "[" * depth + "]" * depth + "}",
                body[:-1] + ',"exp":' + "9" * dice.choice((20, 400, 5_000)) + "}",
                body[:-1] + ',"sub":"\\ud800"}',
                "\ufeff" + body,
                f"[{body}]",
                dice.choice(("null", "1", '"x"', "", "NaN")),
            )
        )
    )


def _header(dice: random.Random) -> str:
    """Return a token with a hostile header; its signature is right."""
    header: dict[str, Any] = {"alg": "HS256", dice.choice(_HEADERS): value(dice)}
    if dice.random() < 0.3:
        header["alg"] = dice.choice(("none", "None", "HS512", "RS256", "ES256", "hs256", ""))
    return jwt_of(_dumped(claims(dice)), header=dice.choice((_dumped(header), _dumped(header), text(dice), "[]")))


def _mutated(dice: random.Random) -> str:
    """Return a valid token with changed, missing or repeated characters."""
    token = sign_command(api_secret=SECRET, call=CALL, by="ops", verb=dice.choice(EXAMPLES))
    at, to = sorted((dice.randrange(len(token)), dice.randrange(len(token))))
    piece = dice.choice(("", "A", ".", "=", "é", "\0", token[at:to] * 2))
    return token[:at] + piece + token[dice.choice((at, at + 1, to, len(token))) :]


def _grant(dice: random.Random) -> str:
    """Return a grant with a verb beside it, either of them hostile."""
    token = sign_command(api_secret=SECRET, call=CALL, by="ops", role="operator", id=str(dice.random()))
    made: dict[str, Any] = {"token": token, "verb": verb(dice)}
    if dice.random() < 0.4:
        made[dice.choice(("token", "verb", text(dice)))] = value(dice)
    if dice.random() < 0.1:
        made["token"] = _signed(dice)
    written = _dumped(made)
    return written if dice.random() < 0.8 else written[: dice.randrange(1, len(written))]


def _forged(dice: random.Random) -> str:
    """Return a command whose key nobody has, under a name that exists or not."""
    header = {"alg": "HS256", "kid": dice.choice(("", "dashboard", "desk", "nobody", text(dice)))}
    return jwt_of(_dumped(claims(dice)), header=json.dumps(header), secret=b"x" * 32)


def _noise(dice: random.Random) -> str:
    size = dice.choice((0, 1, 3, 100, 15_360, 15_361, 40_000))
    depth = dice.choice((5, 900, 7_000))
    return dice.choice((text(dice), "x" * size, "{" * depth, '{"token":' * depth, ".".join(text(dice) for _ in "abc")))


def _dumped(made: Any) -> str:
    try:
        return json.dumps(made)
    except RecursionError:  # too deep to be written here
        return "[" * 900


_KINDS: tuple[Callable[[random.Random], str], ...] = (
    *(_signed,) * 5,
    _odd_json,
    _header,
    _mutated,
    *(_grant,) * 2,
    _forged,
    _noise,
)
