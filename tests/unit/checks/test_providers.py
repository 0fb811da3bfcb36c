"""Checks of keys, models and voices, against servers that answer as providers do."""

import asyncio
import importlib.metadata
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from offhook.checks.providers import CARTESIA_VERSION, cartesia, deepgram, openai
from offhook.checks.web import Route

from .conftest import CANARY, chosen

Serving = Callable[..., Awaitable[str]]
MODELS = {"object": "list", "data": [{"id": "gpt-4.1-mini"}, {"id": "gpt-4.1"}, {"id": "llama3.2:latest"}]}
VOICES = {"data": [{"id": "voice-1"}], "has_more": True}
DEEPGRAM = {"stt": [{"name": "general", "canonical_name": "nova-3-general", "architecture": "nova-3"}], "tts": []}
HERE: dict[str, Any] = {"url_name": "OPENAI_BASE_URL", "route": Route(), "limit": 30.0}


async def test_openai_accepts_the_key_and_knows_the_model(serving: Serving) -> None:
    seen: list[web.Request] = []
    url = await serving({"/v1/models": MODELS}, seen=seen)
    found = await openai(chosen("openai", f"{url}/v1"), **HERE)
    assert (found.state, found.detail) == ("ok", f"openai gpt-4.1-mini at {url}/v1: key accepted, model known")
    assert seen[0].headers["Authorization"] == f"Bearer {CANARY}"


async def test_an_unknown_model_is_answered_with_the_nearest(serving: Serving) -> None:
    url = await serving({"/v1/models": MODELS})
    found = await openai(chosen("openai", f"{url}/v1", model="gpt-4.1-mni"), **HERE)
    assert (found.state, found.todo) == ("problem", "did you mean gpt-4.1-mini?")


async def test_ollama_may_leave_out_the_tag_latest(serving: Serving) -> None:
    url = await serving({"/v1/models": MODELS})
    found = await openai(chosen("openai", f"{url}/v1", model="llama3.2", key=None, key_name=""), **HERE)
    assert (found.state, "no key needed, model known" in found.detail) == ("ok", True)


async def test_without_a_key_none_is_sent(serving: Serving) -> None:
    seen: list[web.Request] = []
    url = await serving({"/v1/models": MODELS}, seen=seen)
    await openai(chosen("openai", f"{url}/v1", key=None, key_name=""), **HERE)
    assert "Authorization" not in seen[0].headers


async def test_an_address_that_lacks_v1_is_told_what_to_be(serving: Serving) -> None:
    url = await serving({"/": web.Response(text="Ollama is running"), "/v1/models": MODELS})
    found = await openai(chosen("openai", url), **HERE)
    assert (found.state, found.todo) == ("problem", f"set OPENAI_BASE_URL to {url}/v1")


async def test_a_server_that_lists_no_models_is_a_warning_only(serving: Serving) -> None:
    url = await serving({})
    assert (await openai(chosen("openai", f"{url}/v1"), **HERE)).state == "warning"


async def test_deepgram_accepts_the_key_and_knows_the_model_by_each_of_its_names(serving: Serving) -> None:
    seen: list[web.Request] = []
    url = await serving({"/v1/projects": {"projects": []}, "/v1/models": DEEPGRAM}, seen=seen)
    for model in ("nova-3", "nova-3-general"):
        found = await deepgram(chosen("deepgram", f"{url}/v1/listen", model=model), **HERE)
        assert (found.state, found.detail) == ("ok", f"deepgram {model}: key accepted, model known")
    assert seen[0].headers["Authorization"] == f"Token {CANARY}"


async def test_a_deepgram_model_that_is_not_public_is_a_warning(serving: Serving) -> None:
    url = await serving({"/v1/projects": {"projects": []}, "/v1/models": DEEPGRAM})
    found = await deepgram(chosen("deepgram", url, model="nova-4"), **HERE)
    assert (found.state, found.todo.startswith("did you mean nova-3?")) == ("warning", True)


async def test_a_deepgram_without_a_list_of_models_has_its_key_checked_all_the_same(serving: Serving) -> None:
    url = await serving({"/v1/projects": {"projects": []}})
    assert await deepgram(chosen("deepgram", url), **HERE) == await deepgram(chosen("deepgram", url), **HERE)
    assert (await deepgram(chosen("deepgram", url), **HERE)).detail == "deepgram nova-3: key accepted"


async def test_cartesia_is_asked_as_the_plugin_asks_it(serving: Serving) -> None:
    seen: list[web.Request] = []
    url = await serving({"/voices": VOICES}, seen=seen)
    found = await cartesia(chosen("cartesia", url, voice="voice-1"), **HERE)
    assert (found.state, found.detail) == ("ok", "cartesia: key accepted, voice known")
    assert (seen[0].headers["X-API-Key"], seen[0].headers["Cartesia-Version"]) == (CANARY, CARTESIA_VERSION)


def test_the_version_sent_to_cartesia_is_the_plugins() -> None:
    plugin = importlib.metadata.distribution("livekit-plugins-cartesia")
    text = Path(str(plugin.locate_file("livekit/plugins/cartesia/constants.py"))).read_text(encoding="utf-8")
    assert f'\nAPI_VERSION = "{CARTESIA_VERSION}"\n' in text


async def test_a_voice_on_a_later_page_is_found_by_its_id(serving: Serving) -> None:
    url = await serving({"/voices": VOICES, "/voices/voice-2": {"id": "voice-2"}})
    assert (await cartesia(chosen("cartesia", url, voice="voice-2"), **HERE)).state == "ok"
    found = await cartesia(chosen("cartesia", url, voice="voice-3"), **HERE)
    assert (found.state, "there is no voice voice-3" in found.detail) == ("problem", True)


ASKED = [(deepgram, "deepgram", "/v1/projects"), (openai, "openai", "/models"), (cartesia, "cartesia", "/voices")]
ANSWERS = [
    (web.Response, {"status": 401, "text": "no"}, "problem", "refuses the key (401)", "check {}_API_KEY"),
    (web.json_response, {"data": {"error": "who?"}, "status": 403}, "problem", "refuses the key (403)", "_API_KEY"),
    (web.json_response, {"data": {"error": "missing scope"}, "status": 403}, "warning", "(403)", "_API_KEY"),
    (web.Response, {"status": 429}, "warning", "takes no more requests now (429)", "quota"),
    (web.Response, {"status": 503}, "problem", "has a server error (503)", "try again soon"),
    (web.Response, {"text": "<html>hi</html>"}, "problem", "answers with a web page", "OPENAI_BASE_URL"),
    (web.Response, {"text": "OK"}, "problem", "not JSON", "OPENAI_BASE_URL"),
    (
        web.Response,
        {"status": 302, "headers": {"Location": "https://u:p@a.test/b?k=1"}},
        "problem",
        "a.test/b (",
        "URL",
    ),
    (web.Response, {"status": 418}, "problem", "answers 418", "OPENAI_BASE_URL"),
]


@pytest.mark.parametrize(("ask", "provider", "path"), ASKED)
@pytest.mark.parametrize(("make", "given", "state", "detail", "todo"), ANSWERS)
async def test_each_bad_answer_has_its_advice(  # noqa: PLR0917  # pytest passes them by name
    serving: Serving, ask: Any, provider: str, path: str, make: Any, given: Any, state: str, detail: str, todo: str
) -> None:
    url = await serving({path: make(**given)})
    found = await ask(chosen(provider, url), **HERE)
    assert (found.state, detail in found.detail) == (state, True), found
    assert todo.format(provider.upper()) in found.todo
    assert CANARY not in f"{found}"
    assert "u:p" not in f"{found}"


@pytest.mark.parametrize(("ask", "provider", "path"), ASKED)
async def test_a_server_that_is_not_there_is_named(ask: Any, provider: str, path: str, closed_port: int) -> None:
    found = await ask(chosen(provider, f"http://127.0.0.1:{closed_port}"), **HERE)
    assert (found.state, found.detail) == ("problem", f"no server listens at http://127.0.0.1:{closed_port}")
    assert found.todo.startswith("check OPENAI_BASE_URL")


async def test_a_server_that_hangs_costs_no_more_than_the_limit() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        found = await cartesia(chosen("cartesia", url), **{**HERE, "limit": 0.05})
    assert (found.state, found.detail) == ("problem", f"{url} does not answer in time")


async def test_plain_http_where_tls_is_expected_is_said(serving: Serving) -> None:
    url = await serving({"/models": MODELS})
    found = await openai(chosen("openai", url.replace("http", "https")), **HERE)
    assert (found.state, "does not speak TLS" in found.detail) == ("problem", True), found


async def test_what_is_not_http_at_all_is_said() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"\x15\x03\x01\x00\x02\x02\x0a")
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await openai(chosen("openai", f"http://127.0.0.1:{port}"), **HERE)
    assert (found.state, "without an HTTP answer" in found.detail) == ("problem", True), found


async def test_a_name_that_no_dns_knows_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_asked: object, **_how: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)  # a real resolver may be slow, or resolve every name
    found = await openai(chosen("openai", "http://nowhere.invalid/v1"), **HERE)
    assert (found.state, found.detail) == ("problem", "the host name in http://nowhere.invalid/v1 cannot be resolved")


async def test_a_key_with_blanks_is_not_sent_at_all(serving: Serving) -> None:
    seen: list[web.Request] = []
    url = await serving({}, seen=seen)
    found = await deepgram(chosen("deepgram", url, key=SecretStr("two words\n")), **HERE)
    assert (found.state, found.todo.startswith("copy DEEPGRAM_API_KEY again"), seen) == ("problem", True, [])
