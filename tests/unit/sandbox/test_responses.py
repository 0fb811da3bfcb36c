"""The real, unchanged Responses model by websocket and by HTTP; its SDK checks every event."""

import json
from typing import Any

import openai as sdk
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, APIStatusError, function_tool, llm
from livekit.plugins import openai
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from offhook.testing.sandbox import Answer, Asked, Line, Refusal, Request, Sandbox, Script
from offhook.testing.sandbox.hook import Hook

pytestmark = pytest.mark.usefixtures("plugins")

WIRES = pytest.mark.parametrize("websocket", [True, False], ids=["websocket", "http"])


@function_tool
async def book(people: str) -> str:
    """Book a table."""
    return people


def model(sandbox: Sandbox, websocket: bool, **wanted: Any) -> openai.responses.LLM:
    url = f"{sandbox.url}/v1/responses" if websocket else f"{sandbox.url}/v1"
    known = {"model": "gpt-4.1", "api_key": "any", "base_url": url, "use_websocket": websocket}
    return openai.responses.LLM(**{**known, **wanted})


def context(*said: str) -> llm.ChatContext:
    chat = llm.ChatContext.empty()
    chat.add_message(role="system", content="You are a desk.")
    for words in said:
        chat.add_message(role="user", content=words)
    return chat


async def answered(
    asked: llm.LLM[Any], chat: llm.ChatContext, options: APIConnectOptions | None = None
) -> tuple[str, list[llm.FunctionToolCall], llm.CompletionUsage | None]:
    text, calls, usage = "", list[llm.FunctionToolCall](), None
    wanted: dict[str, Any] = {"conn_options": options} if options else {}
    async with asked.chat(chat_ctx=chat, tools=[book], **wanted) as stream:
        async for chunk in stream:
            usage = chunk.usage or usage
            text += (chunk.delta.content or "") if chunk.delta else ""
            calls += chunk.delta.tool_calls if chunk.delta else ()
    return text, calls, usage


@pytest.mark.slow
@WIRES
async def test_an_answer_comes_with_its_cost(sandbox: Sandbox, websocket: bool) -> None:
    text, calls, usage = await answered(model(sandbox, websocket), context("hello there"))
    assert (text, calls) == ("Good day to you.", [])
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens) == (6, 4)


@WIRES
async def test_a_conversation_goes_on_from_the_response_before_with_a_tool_between(websocket: bool) -> None:
    seen = list[Asked]()

    def brain(asked: Asked) -> Answer:
        seen.append(asked)
        return Answer("", "book", {"people": "two"}) if len(seen) == 1 else Answer("Done.")

    async with Sandbox(llm=brain) as sandbox:
        desk = model(sandbox, websocket)
        chat = context("a table for two")
        _, (call,), _ = await answered(desk, chat)
        told: dict[str, Any] = {"call_id": call.call_id, "name": call.name}
        chat.items.append(llm.FunctionCall(**told, arguments=call.arguments))
        chat.items.append(llm.FunctionCallOutput(**told, output="table 4", is_error=False))
        assert (await answered(desk, chat))[0] == "Done."
        await desk.aclose()
        second = [one.body for one in sandbox.requests if one.body][-1]
    assert second["previous_response_id"].startswith("resp_")
    assert [item["type"] for item in second["input"]] == ["function_call", "function_call_output"]
    assert json.loads(call.arguments) == {"people": "two"}
    assert Line("result", "table 4", "book") == seen[1].lines[-1]
    assert seen[1].lines[:2] == seen[0].lines


async def test_the_plugin_says_on_its_websocket_what_the_sandbox_reads(sandbox: Sandbox) -> None:
    await answered(model(sandbox, websocket=True), context("hello"))
    connected, created = sandbox.requests
    assert (connected.path, connected.how, connected.auth) == ("/v1/responses", "connect", "Bearer")
    assert dict(connected.query) == {"model": "gpt-4.1"}
    assert (created.how, created.body["type"], created.body["model"]) == ("message", "response.create", "gpt-4.1")
    assert [(item["role"], item["content"]) for item in created.body["input"]] == [
        ("system", "You are a desk."),
        ("user", "hello"),
    ]
    assert [tool["name"] for tool in created.body["tools"]] == ["book"]


async def test_the_plugin_says_by_http_what_the_sandbox_reads(sandbox: Sandbox) -> None:
    await answered(model(sandbox, websocket=False), context("hello"))
    (created,) = sandbox.requests
    assert (created.path, created.how, created.auth) == ("/v1/responses", "post", "Bearer")
    assert (created.body["model"], created.body["stream"]) == ("gpt-4.1", True)


@WIRES
async def test_the_key_refused_is_refused(sandbox: Sandbox, once: APIConnectOptions, websocket: bool) -> None:
    with pytest.raises((APIStatusError, APIConnectionError)) as refused:
        await answered(model(sandbox, websocket, api_key="refused"), context("hello"), once)
    cause = refused.value if isinstance(refused.value, APIStatusError) else refused.value.__cause__
    assert getattr(cause, "status_code", getattr(cause, "status", None)) == 401


async def test_a_message_can_be_refused_on_an_open_websocket(sandbox: Sandbox, once: APIConnectOptions) -> None:
    class Busy(Hook):
        async def before_answer(self, request: Request) -> Refusal | None:
            return Refusal(429) if request.how == "message" else None

    sandbox.openai.hook = Busy()
    with pytest.raises(APIStatusError, match="Rate limit reached"):
        await answered(model(sandbox, websocket=True), context("hello"), once)


async def test_an_unknown_response_before_is_refused(sandbox: Sandbox) -> None:
    async with sdk.AsyncClient(api_key="any", base_url=f"{sandbox.url}/v1", max_retries=0) as client:
        with pytest.raises(sdk.BadRequestError, match="'resp_x' not found") as refused:
            await client.responses.create(model="m", input="hello", previous_response_id="resp_x")
    assert refused.value.code == "previous_response_not_found"


async def test_the_sdk_gets_a_whole_response(sandbox: Sandbox) -> None:
    async with sdk.AsyncClient(api_key="any", base_url=f"{sandbox.url}/v1", _strict_response_validation=True) as client:
        response = await client.responses.create(model="m", input="hello", instructions="Be kind.")
    assert (response.status, response.output_text) == ("completed", "Good day to you.")


async def test_every_event_has_the_fields_of_the_sdk() -> None:
    known: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
    kinds = list[str]()
    async with (
        Sandbox(llm=Script(Answer("One moment.", "book", {"people": "two"}))) as sandbox,
        sdk.AsyncClient(api_key="any", base_url=f"{sandbox.url}/v1") as client,
    ):
        async for event in await client.responses.create(model="m", input="a table", stream=True):
            kinds.append(known.validate_python(event.model_dump()).type)
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
