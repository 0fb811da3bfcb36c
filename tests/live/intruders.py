"""What people without the right to command may send to a call, and how they may send it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import jwt
from livekit import api, rtc

from offhook.core.commands import COMMANDS, METHOD, ROLES
from offhook.core.commands.keys import CommandKey
from offhook.dev.server import LocalServer
from offhook.tokens import command_keys, server_token, sign_command

__all__ = ["DASHBOARD", "DESK", "forged", "joined", "limited", "sent_by"]

DASHBOARD = CommandKey("dashboard", "viewer", b"v" * 32)
DESK = CommandKey("desk", "operator", b"o" * 32)
Verb = Mapping[str, Any]


def forged(server: LocalServer, verb: Verb, call: str, *, key: str = "dashboard") -> dict[str, str]:
    """Return payloads without a valid signature, by the code of the refusal and what is wrong."""
    now = time.time()
    claims = {"aud": call, "sub": "ops", "jti": f"{time.monotonic_ns()}", "iat": now, "exp": now + 30}
    claims |= {"verb": dict(verb), "role": "supervisor"}
    ours = command_keys(server.api_secret)[""].secret
    admin = server_token(api_key=server.api_key, api_secret=server.api_secret, room="any")
    return {
        "malformed: a verb alone": json.dumps(dict(verb)),
        "malformed: a verb without a token": json.dumps({"verb": dict(verb)}),
        "malformed: an empty token": json.dumps({"token": "", "verb": dict(verb)}),
        "unsigned: alg none": jwt.encode(claims, "", algorithm="none"),
        "unsigned: a guessed secret": jwt.encode(claims, "x" * 40),
        "unsigned: a guessed secret of an own key": jwt.encode(claims, "x" * 40, headers={"kid": key}),
        "unsigned: the right secret under an own key's name": jwt.encode(claims, ours, headers={"kid": key}),
        "unsigned: another algorithm": jwt.encode(claims, ours + ours, algorithm="HS512"),
        "unsigned: the API secret itself": jwt.encode(claims, server.api_secret),
        "unsigned: LiveKit's own token": json.dumps({"token": admin, "verb": dict(verb)}),
    }


def limited(server: LocalServer, verb: Verb, call: str) -> Iterator[tuple[str, str]]:
    """Yield rightly signed payloads that do not permit this verb now, in this call: (code, payload)."""
    name, needed = verb["name"], COMMANDS[verb["name"]].role
    common: dict[str, Any] = {"call": call, "by": "ops", "verb": verb}
    key = command_keys(server.api_secret)[""]
    yield "elsewhere", sign_command(**common | {"call": "AJ_other"}, key=key)
    yield "forbidden", sign_command(**common, key=key, verbs=[one for one in COMMANDS if one != name])
    yield "forbidden", sign_command(**common, key=key, verbs=[])
    for role in ROLES[: ROLES.index(needed)]:
        yield "forbidden", sign_command(**common, key=key, role=role)
        yield "forbidden", sign_command(**common, key=key, role=role, verbs=[name])
    for own in (DASHBOARD, DESK):
        if ROLES.index(own.role) < ROLES.index(needed):
            yield "forbidden", sign_command(**common, key=own, role="supervisor")
            yield "forbidden", sign_command(**common, key=own, verbs=[name])
    now = time.time()
    claims = {"aud": call, "sub": "ops", "jti": f"late {name}", "verb": dict(verb)}
    for code, since, until in (("expired", -90, -60), ("expired", 0, 3_600), ("clock", 60, 90)):
        yield code, jwt.encode(claims | {"iat": now + since, "exp": now + until}, key.secret)


@asynccontextmanager
async def joined(server: LocalServer, room: str, identity: str, **grants: bool) -> AsyncIterator[rtc.Room]:
    """Join the room as a person with these rights."""
    token = api.AccessToken(server.api_key, server.api_secret).with_identity(identity)
    person = rtc.Room()
    await person.connect(server.url, token.with_grants(api.VideoGrants(room_join=True, room=room, **grants)).to_jwt())
    try:
        yield person
    finally:
        await person.disconnect()


async def sent_by(person: rtc.Room, agent: str, payload: str, *, within: float = 8.0) -> str:
    """Send as this person; return the answer, or "no answer" after `within` seconds: the SDK itself waits for 7 s."""
    me = person.local_participant
    try:
        async with asyncio.timeout(within):
            return await me.perform_rpc(destination_identity=agent, method=METHOD, payload=payload)
    except (rtc.RpcError, TimeoutError):
        return "no answer"
