"""Emulates OpenAI's Responses API on a websocket, as server-sent events, and without streaming.

Stores the responses, so that a request can continue from an earlier response (`previous_response_id`).
"""

import json
import time
import uuid
from collections.abc import Iterator, Sequence

from aiohttp import web

from offhook.testing.sandbox.chat import ROLES, pieces, text_of
from offhook.testing.sandbox.hook import Json, Refusal, Request
from offhook.testing.sandbox.llm import Answer, Asked, Line, LlmModel, answer_of
from offhook.testing.sandbox.provider import Exchange, Provider, Socket, Stream

__all__ = ["Responses", "lines_of"]


class Responses:
    """Answers requests to `/v1/responses`."""

    def __init__(self, provider: Provider, model: LlmModel) -> None:
        self._provider, self._model = provider, model
        self._contexts: dict[str, tuple[Line, ...]] = {}
        self._names: dict[str, str] = {}

    async def post(self, exchange: Exchange) -> web.StreamResponse:
        """Answer `POST /v1/responses`."""
        if refusal := self._invalid(exchange.body):
            return self._provider.refuse(refusal, exchange.http)
        events = self._events(exchange.body)
        if not exchange.body.get("stream"):
            *_, last = events
            return web.json_response(last["response"])
        stream = await Stream(self._provider, exchange).open()
        for event in events:
            await stream.event(event, kind=event["type"], named=True)
        return stream.response

    async def connect(self, exchange: Exchange) -> web.StreamResponse:
        """Answer `response.create` on a websocket at `/v1/responses`."""
        socket = await Socket(self._provider, exchange).open()
        async for message in socket.received():
            if isinstance(message, dict):
                refusal = await self._provider.admit(Request("openai", exchange.request.path, "message", message))
                refusal = refusal or self._invalid(message, kind="response.create")
                if refusal is not None:
                    await socket.send(self._error_event(refusal, message))
                    continue
                for event in self._events(message):
                    await socket.send(event)
        return socket.websocket

    def _error_event(self, refusal: Refusal, message: Json) -> Json:
        error = self._provider.complain(refusal, message)["error"]
        return {"type": "error", "status": refusal.status, "error": {k: v for k, v in error.items() if k != "event_id"}}

    def _invalid(self, body: Json, *, kind: str | None = None) -> Refusal | None:
        if kind is not None and body.get("type") != kind:
            return Refusal(
                400, f"Invalid value: {body.get('type')!r}. Supported values are: {kind!r}.", "invalid_value"
            )
        if not isinstance(body.get("model"), str) or not isinstance(body.get("input"), (list, str)):
            return Refusal(400, "model and input are required", "missing_required_parameter")
        before = body.get("previous_response_id")
        if before and before not in self._contexts:
            return Refusal(400, f"Previous response with id '{before}' not found.", "previous_response_not_found")
        return None

    def _asked(self, body: Json) -> Asked:
        before = self._contexts.get(body.get("previous_response_id") or "", ())
        model_input = body["input"]
        items = [{"role": "user", "content": model_input}] if isinstance(model_input, str) else model_input
        instructions = [Line("system", body["instructions"])] if body.get("instructions") else []
        tools = [] if body.get("tool_choice") == "none" else body.get("tools") or []
        names = frozenset(tool["name"] for tool in tools if tool.get("type") == "function")
        return Asked((*instructions, *before, *lines_of(items, self._names)), names, body["model"])

    def _events(self, body: Json) -> Iterator[Json]:
        asked = self._asked(body)
        answer = answer_of(self._model, asked)
        response = _response(body)
        said = [Line("assistant", answer.text)] if answer.text else []
        called = [Line("call", json.dumps(dict(answer.arguments)), answer.tool)] if answer.tool else []
        self._contexts[response["id"]] = (*(line for line in asked.lines), *said, *called)
        output = list[Json]()
        numbered = enumerate(self._response_events(response, answer, asked, output))
        return ({**event, "sequence_number": number} for number, event in numbered)

    def _response_events(self, response: Json, answer: Answer, asked: Asked, output: list[Json]) -> Iterator[Json]:
        yield {"type": "response.created", "response": response}
        yield {"type": "response.in_progress", "response": response}
        if answer.text:
            yield from _message(answer.text, output)
        if answer.tool:
            yield from self._call(answer, output)
        usage = {
            "input_tokens": asked.words,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": answer.words,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": asked.words + answer.words,
        }
        done = {**response, "status": "completed", "output": output, "usage": usage}
        yield {"type": "response.completed", "response": done}

    def _call(self, answer: Answer, output: list[Json]) -> Iterator[Json]:
        arguments = json.dumps(dict(answer.arguments))
        call = {"id": f"fc_{uuid.uuid4().hex}", "type": "function_call", "name": answer.tool}
        call |= {"call_id": f"call_{uuid.uuid4().hex[:24]}", "arguments": "", "status": "in_progress"}
        self._names[str(call["call_id"])] = str(answer.tool)
        place = {"output_index": len(output)}
        part = {**place, "item_id": call["id"]}
        done = {**call, "arguments": arguments, "status": "completed"}
        yield {"type": "response.output_item.added", **place, "item": call}
        yield {"type": "response.function_call_arguments.delta", **part, "delta": arguments}
        yield {"type": "response.function_call_arguments.done", **part, "arguments": arguments, "name": answer.tool}
        output.append(done)
        yield {"type": "response.output_item.done", **place, "item": done}


def lines_of(items: Sequence[Json], names: dict[str, str]) -> list[Line]:
    """Convert items of the Responses API or the Realtime API to lines.

    `names` maps the ids of tool calls to tool names; this function adds the tool calls of `items` to `names`.
    """
    lines = list[Line]()
    for item in items:
        match item.get("type", "message"):
            case "function_call":
                names[item["call_id"]] = item["name"]
                lines.append(Line("call", item.get("arguments", ""), item["name"]))
            case "function_call_output":
                lines.append(Line("result", text_of(item.get("output")), names.get(item["call_id"], "")))
            case "message" if text := text_of(item.get("content")):
                lines.append(Line(ROLES.get(item.get("role", "user"), "user"), text))
    return lines


def _message(text: str, output: list[Json]) -> Iterator[Json]:
    message: Json = {"id": f"msg_{uuid.uuid4().hex}", "type": "message", "role": "assistant"}
    place = {"output_index": len(output)}
    part = {**place, "item_id": message["id"], "content_index": 0}
    content = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    begun = {**message, "status": "in_progress", "content": []}
    done = {**message, "status": "completed", "content": [content]}
    yield {"type": "response.output_item.added", **place, "item": begun}
    yield {"type": "response.content_part.added", **part, "part": {**content, "text": ""}}
    for piece in pieces(text):
        yield {"type": "response.output_text.delta", **part, "delta": piece, "logprobs": []}
    yield {"type": "response.output_text.done", **part, "text": text, "logprobs": []}
    yield {"type": "response.content_part.done", **part, "part": content}
    output.append(done)
    yield {"type": "response.output_item.done", **place, "item": done}


def _response(body: Json) -> Json:
    return {
        "id": f"resp_{uuid.uuid4().hex}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "model": body["model"],
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "temperature": body.get("temperature", 1.0),
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_p": 1.0,
        "usage": None,
    }
