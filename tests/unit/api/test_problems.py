"""Addresses, methods and headers that are wrong get a problem; so do errors of a call and of the server itself."""

from typing import Any

import pytest
from aiohttp import web
from tests.unit.api.checked import detail

from offhook.api.problems import problems_as_json
from offhook.core.errors import CommandError


@pytest.mark.parametrize("last", ["-1", "1.5", "x", "9" * 30, "\u0661"])
async def test_a_last_event_id_that_no_event_had_is_refused(serving: Any, last: str) -> None:
    api = await serving()
    await detail(await api.get("/v1/calls/room/events", headers={"Last-Event-ID": last}), 400, "malformed")


async def test_who_has_seen_the_end_is_told_to_stop(serving: Any) -> None:
    api = await serving()
    assert (await api.get("/v1/calls/room/events", headers={"Last-Event-ID": "end"})).status == 204


async def test_events_of_a_server_that_does_not_answer_are_a_problem(serving: Any) -> None:
    api = await serving()
    await detail(await api.get("/v1/calls/room/events", headers={"Last-Event-ID": "7"}), 502, "unreachable")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/v1/calls/room/sya", 404, "unknown_verb"),
        ("POST", "/v1/calls/room/state", 405, "wrong_method"),
        ("POST", "/v1/calls/room/transcript", 405, "wrong_method"),
        ("GET", "/v1/calls/room/say", 405, "wrong_method"),
        ("DELETE", "/v1/calls/room", 405, "wrong_method"),
        ("OPTIONS", "/v1/calls/room/say", 405, "wrong_method"),
        ("GET", "/v1/calls/room/nothing", 405, "wrong_method"),
        ("GET", "/v2/calls", 404, "not_found"),
        ("GET", "/", 404, "not_found"),
    ],
)
async def test_an_address_that_is_not_there_is_a_problem(
    serving: Any, method: str, path: str, status: int, code: str
) -> None:
    api = await serving()
    await detail(await api.request(method, path), status, code)


async def test_a_misspelt_verb_gets_the_nearest_one(serving: Any) -> None:
    api = await serving()
    told = await detail(await api.post("/v1/calls/room/sya"), 404, "unknown_verb")
    assert told == "unknown command 'sya'; did you mean 'say'?"


@pytest.mark.parametrize("key", ["x" * 101, '"' + "x" * 101 + '"'])
async def test_an_idempotency_key_has_at_most_100_characters(serving: Any, key: str) -> None:
    api = await serving()
    answer = await api.post("/v1/calls/room/say", json={"text": "Hi."}, headers={"Idempotency-Key": key})
    await detail(answer, 400, "malformed")


async def test_a_call_that_gets_too_many_commands_is_asked_later(serving: Any) -> None:
    async def busy(_request: web.Request) -> web.StreamResponse:
        raise CommandError("too_many", "this call takes 50 commands in a second; send this one again later")

    app = web.Application(middlewares=[problems_as_json])
    app.router.add_get("/", busy)
    api = await serving(app=app)
    answer = await api.get("/")
    await detail(answer, 429, "too_many")
    assert answer.headers["Retry-After"] == "1"


async def test_a_bug_is_a_problem_without_its_text(serving: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_request: web.Request) -> web.StreamResponse:
        raise LookupError("private words")

    app = web.Application(middlewares=[problems_as_json])
    app.router.add_get("/", broken)
    api = await serving(app=app)
    assert "private" not in await detail(await api.get("/"), 500, "internal")
    assert [record.message for record in caplog.records] == ["a request to the HTTP API failed"]
