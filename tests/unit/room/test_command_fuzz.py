"""A call answers every payload with one line, and accepts only commands that are valid."""

import json
import logging
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import jwt
import pytest
from tests.unit.room.hostile import CALL, KEYS, hostile
from tests.unit.room.receiving import receiving

from offhook.core.commands import COMMANDS, Query, allowed, schema_of

QUICK, FULL = 500, 2_500
EACH = 100
"""Payloads of one receiver: fewer than the number at which a call refuses commands because of their rate."""
SCHEMAS = {name: jsonschema.Draft202012Validator(schema_of(kind)) for name, kind in COMMANDS.items()}


@pytest.mark.parametrize(("seed", "count"), [(1, QUICK), pytest.param(2, FULL, marks=pytest.mark.slow)])
async def test_only_valid_commands_are_accepted_and_every_answer_is_one_line(
    seed: int, count: int, tmp_path: Path
) -> None:
    dice = random.Random(seed)  # not used for secrets
    taken = 0
    async with receiving(tmp_path) as call:
        receiver = call.receiver()
        for number in range(count):
            if number % EACH == 0:
                receiver = call.receiver()
            payload = hostile(dice)
            answer = await receiver.take(payload, identity="stranger")
            check_answer(answer)
            if answer["status"] != "refused":
                taken += 1
                check_command(payload)
    assert taken > count / 100, "the generator makes too few commands that are nearly right"


def check_answer(answer: Mapping[str, Any]) -> None:
    """Check that the answer is JSON that LiveKit can carry."""
    line = json.dumps(answer, ensure_ascii=False, allow_nan=False)
    assert len(line.encode()) <= 15 * 1024
    if answer["status"] == "refused":
        assert set(answer) == {"status", "code", "text"}
        assert 0 < len(answer["text"]) <= 400
        assert answer["text"].isprintable(), answer
    else:
        assert set(answer) == {"status", {"accepted": "id", "answered": "data"}[answer["status"]]}


def check_command(payload: str) -> None:
    """Check, without offhook's own code, that this payload is a command that its signer may send."""
    given = json.loads(payload) if payload.startswith("{") else {"token": payload}
    key = KEYS[jwt.get_unverified_header(given["token"]).get("kid", "")]
    required: Any = {"require": ["exp", "iat", "sub", "jti", "aud"], "verify_nbf": False}
    claims = jwt.decode(given["token"], key.secret, algorithms=["HS256"], audience=CALL, options=required, leeway=5)
    assert ("verb" in claims) != ("verb" in given)
    verb = dict(claims.get("verb", given.get("verb")))
    kind = COMMANDS[verb.pop("name")]
    SCHEMAS[kind.name].validate(stripped(verb))
    assert allowed(kind, role=key.role, names=None)
    assert allowed(kind, role=claims.get("role", key.role), names=claims.get("verbs"))
    assert len(claims["jti"]) <= 100
    assert 0 < claims["exp"] - claims["iat"] <= 60.1


def stripped(value: Any) -> Any:
    """Return the value without spaces around its texts."""
    if isinstance(value, dict):
        return {name: stripped(one) for name, one in value.items()}
    return value.strip() if isinstance(value, str) else value


async def test_ten_thousand_refusals_make_a_handful_of_records_and_lines(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    began = time.monotonic()
    with caplog.at_level(logging.INFO, "offhook"):
        async with receiving(tmp_path) as call:
            receiver = call.receiver()
            for number in range(10_000):
                answer = await receiver.take(f"{number} is not a command", identity="x" * 1_000)
                assert answer["status"] == "refused"
    windows = 1 + int((time.monotonic() - began) / 10)
    assert len(call.refused) <= 6 * windows
    assert len(caplog.records) <= 6 * windows
    assert max(len(one.identity) for one in call.refused) <= 100


def test_every_verb_is_in_the_oracle() -> None:
    assert set(SCHEMAS) == set(COMMANDS)
    assert any(issubclass(kind, Query) for kind in COMMANDS.values())
