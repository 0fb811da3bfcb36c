"""Wrong requests get one line that names the mistake; every verb of the table has a route."""

import json
from typing import Any

import pytest
from tests.unit.api.checked import detail

from offhook.api.examples import EXAMPLES
from offhook.api.problems import PROBLEMS
from offhook.core.commands import COMMANDS, Query
from offhook.core.commands.base import MAX_WAIT
from offhook.core.errors import CommandCode

VERBS = [name for name, kind in COMMANDS.items() if not issubclass(kind, Query)]
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("verb", VERBS)
async def test_every_verb_has_a_route_that_takes_its_fields(serving: Any, verb: str) -> None:
    api = await serving()
    answer = await api.post(f"/v1/calls/room/{verb}", json=EXAMPLES.get(verb, {}))
    assert (await detail(answer, 502, "unreachable")).startswith("ws://127.0.0.1:1 does not answer")


@pytest.mark.parametrize("name", [name for name, kind in COMMANDS.items() if issubclass(kind, Query)])
async def test_every_query_has_a_route(serving: Any, name: str) -> None:
    api = await serving()
    path = {"state": "", "result": "/commands/1"}.get(name, f"/{name}")
    await detail(await api.get(f"/v1/calls/room{path}"), 502, "unreachable")


def test_every_code_of_a_refused_command_has_a_status() -> None:
    assert [code for code in CommandCode.__args__ if code not in PROBLEMS] == []  # type: ignore[attr-defined]  # a Literal


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"text": "Hi.", "loud": true}', "say: unknown field 'loud'; its fields: text, interruptible"),
        ('{"name": "end"}', "say: unknown field 'name'; its fields: text, interruptible"),
        ("{}", "say: text: field required"),
        ('{"text": 5}', "say: text: input should be a valid string"),
        ('{"text": "Hi.", "interruptible": "yes"}', "say: interruptible: input should be a valid boolean"),
        ("", "say: text: field required"),
        ("{", "the body is not JSON: line 1, column 2: Expecting property name enclosed in double quotes"),
        ('{"text": "Hi."} {}', "the body is not JSON: line 1, column 17: Extra data"),
        ('["Hi."]', "the body must be a JSON object with the command's fields"),
        ("null", "the body must be a JSON object with the command's fields"),
        ('{"text": NaN}', "the body is not JSON in UTF-8, or it is nested too deeply"),
        ('{"text": ' + "[" * 20_000 + "]" * 20_000 + "}", "the body is not JSON in UTF-8, or it is nested too deeply"),
        ('{"text": ' + "1" * 6_000 + "}", "the body is not JSON in UTF-8, or it is nested too deeply"),
        ('{"text": "\udc80"}', "the body is not JSON in UTF-8, or it is nested too deeply"),
    ],
)
async def test_a_wrong_body_is_refused_with_one_line(serving: Any, body: str, says: str) -> None:
    api = await serving()
    raw = body.encode(errors="surrogateescape")
    assert await detail(await api.post("/v1/calls/room/say", data=raw, headers=JSON), 400, "malformed") == says


@pytest.mark.parametrize("text", ["", "   ", " \n"])
async def test_an_empty_text_is_named(serving: Any, text: str) -> None:
    api = await serving()
    await detail(await api.post("/v1/calls/room/say", json={"text": text}), 400, "empty")


async def test_a_text_that_is_too_long_is_named(serving: Any) -> None:
    api = await serving()
    await detail(await api.post("/v1/calls/room/say", json={"text": "x" * 4001}), 413, "too_long")


async def test_a_lone_surrogate_does_not_break_the_server(serving: Any) -> None:
    api = await serving()
    answer = await api.post("/v1/calls/room/say", data=b'{"text": "\\ud800"}', headers=JSON)
    assert answer.status == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_only_json_is_read(serving: Any, kind: str) -> None:
    api = await serving()
    answer = await api.post("/v1/calls/room/say", data=b'{"text": "Hi."}', headers={"Content-Type": kind})
    await detail(answer, 415, "not_json")


async def test_a_command_without_fields_needs_no_body(serving: Any) -> None:
    api = await serving()
    await detail(await api.post("/v1/calls/room/interrupt"), 502, "unreachable")


async def test_a_body_over_64_kib_is_refused_with_and_without_a_length(serving: Any, mounted: Any) -> None:
    async def parts() -> Any:
        for _ in range(100):
            yield b" " * 1024

    for api, base in ((await serving(), ""), (await mounted(), "/calls-api")):
        for data in (b" " * (64 * 1024 + 1), parts()):
            answer = await api.post(f"{base}/v1/calls/room/say", data=data, headers=JSON)
            assert await detail(answer, 413, "too_large") == "the body has more than 65536 bytes"


async def test_a_body_up_to_64_kib_is_read_also_inside_a_stricter_application(mounted: Any) -> None:
    api = await mounted()
    body = json.dumps({"text": "Hello."}).ljust(64 * 1024)
    answer = await api.post("/calls-api/v1/calls/room/say", data=body, headers=JSON)
    await detail(answer, 502, "unreachable")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("wiat=false", "unknown parameter 'wiat'; its parameters: agent, wait, timeout"),
        ("wait=no", "the parameter 'wait' must be true or false"),
        ("timeout=soon", "the parameter 'timeout' must be a number"),
        ("timeout=nan", "the parameter 'timeout' must be from 0 to 300 seconds"),
        ("timeout=301", "the parameter 'timeout' must be from 0 to 300 seconds"),
        ("timeout=1&timeout=2", "the parameter 'timeout' is given twice"),
    ],
)
async def test_a_wrong_parameter_is_named(serving: Any, query: str, says: str) -> None:
    api = await serving()
    answer = await api.post(f"/v1/calls/room/say?{query}", json={"text": "Hi."})
    assert await detail(answer, 400, "malformed") == says


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("facts?after=many", "the parameter 'after' must be a whole number"),
        ("facts?wait=much", "the parameter 'wait' must be a number"),
        ("facts?wait=5", f"facts: wait: input should be less than or equal to {MAX_WAIT:g}"),
        ("transcript?after=1.5", "the parameter 'after' must be a whole number"),
        ("events?after=x", "the parameter 'after' must be a whole number"),
        ("events?before=1", "unknown parameter 'before'; its parameters: agent, after"),
        ("commands/" + "x" * 101, "result: command: string should have at most 100 characters"),
        ("?all=true", "unknown parameter 'all'; its parameters: agent"),
    ],
)
async def test_a_wrong_parameter_of_a_query_is_named(serving: Any, path: str, says: str) -> None:
    api = await serving()
    answer = await api.get(f"/v1/calls/room{'' if path[0] == '?' else '/'}{path}")
    assert answer.status in (400, 413)
    assert (await answer.json(content_type=None))["detail"] == says
