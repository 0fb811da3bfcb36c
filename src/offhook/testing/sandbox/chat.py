"""Emulates OpenAI's chat completions, streamed and not streamed."""

import json
import re
import time
import uuid
from collections.abc import Iterator

from aiohttp import web

from offhook.testing.sandbox.hook import Json, Refusal
from offhook.testing.sandbox.llm import Answer, Asked, Line, LlmModel, Role, answer_of
from offhook.testing.sandbox.provider import Exchange, Provider, Stream

__all__ = ["asked_by_chat", "complete", "pieces", "text_of"]

ROLES: dict[str, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


async def complete(provider: Provider, exchange: Exchange, model: LlmModel) -> web.StreamResponse:
    """Answer `POST /v1/chat/completions`."""
    body = exchange.body
    if not isinstance(body.get("messages"), list) or not isinstance(body.get("model"), str):
        return provider.refuse(Refusal(400, "model and messages are required"), exchange.http)
    asked = asked_by_chat(body)
    answer = answer_of(model, asked)
    head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": body["model"]}
    if not body.get("stream"):
        return web.json_response(_completion(head, answer, asked))
    stream = await Stream(provider, exchange).open()
    head |= {"object": "chat.completion.chunk", "service_tier": "default", "system_fingerprint": "fp_sandbox"}
    for delta, finish in _deltas(answer):
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        await stream.event({**head, "choices": [choice]}, kind="chunk")
    if (body.get("stream_options") or {}).get("include_usage"):
        await stream.event({**head, "choices": [], "usage": _usage(asked, answer)}, kind="usage")
    await stream.event("[DONE]", kind="[DONE]")
    return stream.response


def asked_by_chat(body: Json) -> Asked:
    """Return the model input that this request contains."""
    names = dict[str, str]()
    lines = list[Line]()
    for message in body["messages"]:
        if message.get("role") == "tool":
            lines.append(Line("result", text_of(message.get("content")), names.get(message.get("tool_call_id"), "")))
            continue
        if text := text_of(message.get("content")):
            lines.append(Line(ROLES.get(message.get("role"), "user"), text))
        for call in message.get("tool_calls") or ():
            names[call["id"]] = call["function"]["name"]
            lines.append(Line("call", call["function"]["arguments"], call["function"]["name"]))
    tools = [] if body.get("tool_choice") == "none" else body.get("tools") or []
    return Asked(
        tuple(lines), frozenset(tool["function"]["name"] for tool in tools if "function" in tool), body["model"]
    )


def text_of(content: object) -> str:
    """Return the text of a message's content, which is a string or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (part.get("text") or part.get("transcript") or "" for part in content if isinstance(part, dict))
    return " ".join(filter(None, texts))


def pieces(text: str) -> list[str]:
    """Split the text into words; a streamed answer sends one word per event."""
    return re.findall(r"\S+\s*", text)


def _deltas(answer: Answer) -> Iterator[tuple[Json, str | None]]:
    yield {"role": "assistant", "content": "", "refusal": None}, None
    for piece in pieces(answer.text):
        yield {"content": piece}, None
    if answer.tool:
        call = _call(answer)
        arguments = call["function"]["arguments"]
        yield {"tool_calls": [{"index": 0, **call, "function": {"name": answer.tool, "arguments": ""}}]}, None
        yield {"tool_calls": [{"index": 0, "function": {"arguments": arguments}}]}, None
    yield {}, "tool_calls" if answer.tool else "stop"


def _completion(head: Json, answer: Answer, asked: Asked) -> Json:
    message: Json = {"role": "assistant", "content": answer.text or None, "refusal": None}
    if answer.tool:
        message["tool_calls"] = [_call(answer)]
    finish = "tool_calls" if answer.tool else "stop"
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": _usage(asked, answer)}


def _call(answer: Answer) -> Json:
    function = {"name": answer.tool, "arguments": json.dumps(dict(answer.arguments))}
    return {"id": f"call_{uuid.uuid4().hex[:24]}", "type": "function", "function": function}


def _usage(asked: Asked, answer: Answer) -> Json:
    """Return the token usage. One word counts as one token, so that a test can calculate the usage."""
    return {
        "prompt_tokens": asked.words,
        "completion_tokens": answer.words,
        "total_tokens": asked.words + answer.words,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }
