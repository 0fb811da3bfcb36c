"""The real, unchanged OpenAI plugin gets chat completions from the sandbox; its SDK checks every field."""

import json
from typing import Any

import openai as sdk
import pytest
from livekit.agents import APIConnectOptions, APIStatusError, function_tool, llm
from livekit.plugins import openai

from offhook.models.offline.front_desk import front_desk
from offhook.testing.sandbox import Answer, Asked, Line, Rules, Sandbox, Script

pytestmark = pytest.mark.usefixtures("plugins")


@function_tool
async def book(people: str) -> str:
    """Book a table."""
    return people


def model(sandbox: Sandbox, **wanted: Any) -> openai.LLM:
    return openai.LLM(**{"model": "gpt-4.1-mini", "api_key": "any", "base_url": f"{sandbox.url}/v1", **wanted})


def context(*said: str) -> llm.ChatContext:
    chat = llm.ChatContext.empty()
    chat.add_message(role="system", content="You are a desk.")
    for words in said:
        chat.add_message(role="user", content=words)
    return chat


async def answered(
    asked: llm.LLM[Any], chat: llm.ChatContext, *tools: Any, options: APIConnectOptions | None = None
) -> tuple[list[str], list[tuple[str, str]], llm.CompletionUsage | None]:
    """The pieces of the answer, its tool calls, and its usage."""
    pieces, calls, usage = list[str](), list[tuple[str, str]](), None
    wanted: dict[str, Any] = {"conn_options": options} if options else {}
    async with asked.chat(chat_ctx=chat, tools=list(tools), **wanted) as stream:
        async for chunk in stream:
            usage = chunk.usage or usage
            if chunk.delta and chunk.delta.content:
                pieces.append(chunk.delta.content)
            calls += [(call.name, call.arguments) for call in (chunk.delta.tool_calls if chunk.delta else ())]
    return pieces, calls, usage


async def test_an_answer_comes_word_by_word_with_its_cost(sandbox: Sandbox) -> None:
    pieces, calls, usage = await answered(model(sandbox), context("hello there"))
    assert (pieces, calls) == (["Good ", "day ", "to ", "you."], [])
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (6, 4, 10)


async def test_a_tool_call_comes_with_its_arguments() -> None:
    async with Sandbox(llm=Script(Answer("One moment.", "book", {"people": "two"}))) as sandbox:
        pieces, calls, _ = await answered(model(sandbox), context("a table for two"), book)
    assert "".join(pieces) == "One moment."
    assert [(name, json.loads(arguments)) for name, arguments in calls] == [("book", {"people": "two"})]


async def test_the_plugin_sends_what_the_sandbox_reads(sandbox: Sandbox) -> None:
    await answered(model(sandbox), context("hello"), book)
    (request,) = sandbox.requests
    assert (request.provider, request.path, request.how, request.auth) == (
        "openai",
        "/v1/chat/completions",
        "post",
        "Bearer",
    )
    assert request.body["messages"] == [
        {"role": "system", "content": "You are a desk."},
        {"role": "user", "content": "hello"},
    ]
    assert [tool["function"]["name"] for tool in request.body["tools"]] == ["book"]
    assert (request.body["model"], request.body["stream"]) == ("gpt-4.1-mini", True)
    assert request.body["stream_options"] == {"include_usage": True}


async def test_the_brain_sees_the_conversation_with_calls_and_results() -> None:
    seen = list[Asked]()

    def brain(asked: Asked) -> str:
        seen.append(asked)
        return "Booked."

    chat = context("a table for two")
    chat.items.append(llm.FunctionCall(call_id="1", name="book", arguments='{"people": "two"}'))
    chat.items.append(llm.FunctionCallOutput(call_id="1", name="book", output="table 4", is_error=False))
    async with Sandbox(llm=brain) as sandbox:
        await answered(model(sandbox), chat, book)
    assert seen == [
        Asked(
            (
                Line("system", "You are a desk."),
                Line("user", "a table for two"),
                Line("call", '{"people": "two"}', "book"),
                Line("result", "table 4", "book"),
            ),
            frozenset({"book"}),
            "gpt-4.1-mini",
        )
    ]


async def test_the_rules_of_the_offline_model_answer_here_too() -> None:
    done = context("a table for two people")
    done.items.append(llm.FunctionCall(call_id="1", name="book", arguments='{"people": "two"}'))
    done.items.append(llm.FunctionCallOutput(call_id="1", name="book", output="Table four.", is_error=False))
    async with Sandbox(llm=Rules(front_desk())) as sandbox:
        booked, _, _ = await answered(model(sandbox), done, book)
        pieces, _, _ = await answered(model(sandbox), context("what are your opening hours"))
        _, calls, _ = await answered(model(sandbox), context("a table for two people"), book)
        opening, _, _ = await answered(model(sandbox), context())
    assert "".join(pieces).startswith("The front desk is open day and night.")
    assert [name for name, _ in calls] == ["book"]
    assert "".join(booked) == "Table four."
    assert "".join(opening) == "Hello, this is the front desk. How can I help you?"


async def test_a_script_answers_a_repeated_question_with_the_same_words_and_says_when_it_is_over() -> None:
    script = Script("one", "two")
    async with Sandbox(llm=script) as sandbox:
        said = [await answered(model(sandbox), context(words)) for words in ("a", "a", "b", "c")]
    assert ["".join(pieces) for pieces, _, _ in said] == ["one", "one", "two", "My script is over."]
    assert script.left == ()


async def test_the_key_refused_is_refused_in_openais_form(sandbox: Sandbox, once: APIConnectOptions) -> None:
    with pytest.raises(APIStatusError) as refused:
        await answered(model(sandbox, api_key="refused"), context("hello"), options=once)
    assert refused.value.status_code == 401
    assert refused.value.body == {
        "message": "Incorrect API key provided.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }


async def test_the_sdk_gets_a_whole_answer_and_a_list_of_models() -> None:
    async with (
        Sandbox(llm=Script(Answer("Wait.", "book", {"people": 2}))) as sandbox,
        sdk.AsyncClient(api_key="any", base_url=f"{sandbox.url}/v1") as client,
    ):
        whole = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "hello"}])
        models = [one.id async for one in client.models.list()]
    message = whole.choices[0].message
    assert (message.content, whole.choices[0].finish_reason) == ("Wait.", "tool_calls")
    assert message.tool_calls is not None
    assert json.loads(message.tool_calls[0].function.arguments) == {"people": 2}  # type: ignore[union-attr]  # a function
    assert "gpt-4.1-mini" in models


async def test_every_chunk_has_the_fields_of_the_sdk(sandbox: Sandbox) -> None:
    async with sdk.AsyncClient(api_key="any", base_url=f"{sandbox.url}/v1", _strict_response_validation=True) as client:
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "hello"}], stream=True
        )
        assert [chunk.choices[0].finish_reason async for chunk in stream] == [None] * 5 + ["stop"]


async def test_a_request_without_messages_is_refused(sandbox: Sandbox) -> None:
    async with sdk.AsyncClient(api_key="any", base_url=f"{sandbox.url}/v1", max_retries=0) as client:
        with pytest.raises(sdk.BadRequestError, match="model and messages are required"):
            await client.post("/chat/completions", body={"model": "m"}, cast_to=object)
