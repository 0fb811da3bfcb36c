"""Who may use the HTTP API: the holders of keys, and without keys only programs on the same machine."""

from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from offhook.api.access import loopback
from offhook.core.commands.keys import CommandKey

UNREACHABLE = 502
"""The status after a request is let in: the LiveKit server of these tests does not answer."""


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def refusal(answer: Any) -> tuple[int, str]:
    """The status and the code of an error, after a check of its form."""
    problem = await answer.json(content_type="application/problem+json")
    assert problem["status"] == answer.status
    assert problem["type"] == f"urn:offhook:problem:{problem['code']}"
    assert problem["title"]
    assert "\n" not in problem["detail"]
    return answer.status, problem["code"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("x" * 32),
        bearer(""),
        bearer("d" * 31),
        bearer("d" * 33),
        {"Authorization": "Basic " + "d" * 32},
        {"Authorization": "d" * 32},
        {"Authorization": "Bearer \u00e4" + "d" * 31},
    ],
)
async def test_without_a_key_of_the_list_nobody_is_let_in(
    serving: Any, keys: Sequence[CommandKey], headers: dict[str, str]
) -> None:
    api = await serving(*keys)
    answer = await api.get("/v1/calls", headers=headers)
    assert await refusal(answer) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("secret", ["d" * 32, "v" * 32, "s" * 32])
async def test_every_key_of_the_list_lets_in(serving: Any, keys: Sequence[CommandKey], secret: str) -> None:
    api = await serving(*keys)
    assert (await api.get("/v1/calls", headers=bearer(secret))).status == UNREACHABLE
    assert (await api.get("/v1/calls", headers={"Authorization": f"bearer  {secret}"})).status == UNREACHABLE


@pytest.mark.parametrize(
    ("secret", "verb", "body", "status"),
    [
        ("v" * 32, "say", {"text": "Hello."}, 403),
        ("v" * 32, "instructions", {"text": "Hello."}, 403),
        ("d" * 32, "instructions", {"text": "Hello."}, 403),
        ("d" * 32, "say", {"text": "Hello."}, UNREACHABLE),
        ("s" * 32, "instructions", {"text": "Hello."}, UNREACHABLE),
    ],
)
async def test_the_role_of_a_key_limits_its_commands(
    serving: Any, keys: Sequence[CommandKey], secret: str, verb: str, body: dict[str, str], status: int
) -> None:
    api = await serving(*keys)
    answer = await api.post(f"/v1/calls/room/{verb}", json=body, headers=bearer(secret))
    assert answer.status == status


async def test_a_refused_role_is_named_before_the_body_is_read(serving: Any, keys: Sequence[CommandKey]) -> None:
    api = await serving(*keys)
    answer = await api.post("/v1/calls/room/end", data="nonsense", headers=bearer("v" * 32))
    problem = await answer.json(content_type=None)
    assert problem["detail"] == "the key 'screen' has the role 'viewer'; 'end' needs 'operator'"


async def test_no_secret_is_repeated_in_an_answer_or_a_log(
    serving: Any, keys: Sequence[CommandKey], caplog: pytest.LogCaptureFixture
) -> None:
    api = await serving(*keys)
    wrong = await api.get("/v1/calls", headers=bearer("w" * 32))
    refused = await api.post("/v1/calls/room/end", json={"goodbye": "secret words"}, headers=bearer("v" * 32))
    told = await wrong.text() + await refused.text() + "".join(str(vars(record)) for record in caplog.records)
    assert [secret for secret in ("w" * 32, "v" * 32, "secret words") if secret in told] == []


async def test_without_keys_a_program_on_this_machine_is_let_in(serving: Any) -> None:
    api = await serving()
    own = f"http://127.0.0.1:{api.port}"
    for headers in ({}, {"Origin": own}, {"Sec-Fetch-Site": "none"}, {"Host": "localhost:7895"}, {"Host": "[::1]:1"}):
        assert (await api.get("/v1/calls", headers=headers)).status == UNREACHABLE


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:7895"},
        {"Host": "localhost.evil.example"},
        {"Host": "evil@127.0.0.1"},
        {"Host": "127.0.0.1:99999"},
        {"Host": "192.168.1.5:7895"},
        {"Host": "0.0.0.0:7895"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_without_keys_the_pages_of_other_sites_are_refused(serving: Any, headers: dict[str, str]) -> None:
    api = await serving()
    for answer in (
        await api.get("/v1/calls", headers=headers),
        await api.post("/v1/calls/room/interrupt", headers=headers),
        await api.get("/v1/calls/room/events", headers=headers),
    ):
        assert await refusal(answer) == (403, "local_only")


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_without_keys_a_request_through_a_proxy_is_refused(serving: Any, header: str) -> None:
    api = await serving()
    assert await refusal(await api.get("/v1/calls", headers={header: "for=1.2.3.4"})) == (401, "unauthorized")


async def test_inside_another_application_the_same_rules_hold(mounted: Any, keys: Sequence[CommandKey]) -> None:
    local, keyed = await mounted(), await mounted(*keys)
    assert (await local.get("/calls-api/v1/calls")).status == UNREACHABLE
    assert (await local.get("/calls-api/v1/calls", headers={"Host": "evil.example"})).status == 403
    assert (await keyed.get("/calls-api/v1/calls")).status == 401
    assert (await keyed.get("/calls-api/v1/calls", headers=bearer("d" * 32))).status == UNREACHABLE
    assert await refusal(await local.get("/calls-api/nothing")) == (404, "not_found")
    assert isinstance(local.server.app, web.Application)


async def test_health_and_openapi_need_no_key(serving: Any, keys: Sequence[CommandKey]) -> None:
    api = await serving(*keys)
    assert await (await api.get("/healthz")).json() == {"status": "ok"}
    assert (await (await api.get("/openapi.json")).json())["openapi"] == "3.1.0"


async def test_no_answer_is_cached_or_read_as_another_type(serving: Any) -> None:
    api = await serving()
    for path in ("/healthz", "/v1/calls", "/nothing"):
        headers = (await api.get(path)).headers
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.7", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_same_machine_are_loopback(host: str, is_loopback: bool) -> None:
    assert loopback(host) is is_loopback
