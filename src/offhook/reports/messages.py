"""Makes the conversation of a call from its records: messages and tool calls, in a form that an LLM accepts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from offhook.core.record import Record
from offhook.journal.redact import REMOVED

__all__ = ["Message", "ToolCall", "messages", "openai_messages"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the conversation. For the agent, `text` has only the words that were played."""

    role: Literal["user", "assistant", "system", "developer"]
    text: str
    interrupted: bool = False
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A finished tool call with its result."""

    id: str
    name: str
    arguments: str
    output: str
    error: bool = False
    at: float = 0.0


def messages(records: Sequence[Record]) -> list[Message | ToolCall]:
    """Return the conversation without texts that were redacted, and without tool calls that did not finish."""
    ends = {record.body["id"]: record.body for record in records if record.name == "ToolEnded"}
    items: list[Message | ToolCall] = []
    for record in records:
        body = record.body
        if record.name == "MessageCommitted" and body["text"] not in ("", *REMOVED):
            items.append(_message(body, record.at))
        elif record.name == "ToolStarted" and (end := ends.get(body["id"])) is not None:
            items.append(_tool_call(body, end, record.at))
    return items


def openai_messages(records: Sequence[Record]) -> list[dict[str, object]]:
    """Return the conversation as messages of OpenAI's Chat Completions API.

    Tool calls without a message between them become one assistant message. Each tool result becomes a separate message.
    """
    told: list[dict[str, object]] = []
    calls: list[ToolCall] = []
    for item in messages(records):
        if isinstance(item, ToolCall):
            calls.append(item)
            continue
        told += _openai_calls(calls)
        calls = []
        told.append({"role": item.role, "content": item.text})
    return told + _openai_calls(calls)


def _openai_calls(calls: Sequence[ToolCall]) -> list[dict[str, object]]:
    if not calls:
        return []
    made = [
        {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}} for one in calls
    ]
    results: list[dict[str, object]] = [
        {"role": "tool", "tool_call_id": one.id, "content": one.output} for one in calls
    ]
    return [{"role": "assistant", "content": None, "tool_calls": made}, *results]


def _message(body: Mapping[str, object], at: float) -> Message:
    role = str(body["role"])
    known: Literal["user", "assistant", "system", "developer"] = "system"
    match role:
        case "user" | "assistant" | "developer":
            known = role
    return Message(known, str(body["text"]), bool(body.get("interrupted")), at)


def _tool_call(start: Mapping[str, object], end: Mapping[str, object], at: float) -> ToolCall:
    arguments = str(start["arguments"])
    try:
        json.loads(arguments)
    except ValueError:
        arguments = "{}"  # the arguments are redacted or invalid; a model accepts only JSON
    output = str(end["output"])
    return ToolCall(str(start["id"]), str(start["name"]), arguments, output, end["status"] != "done", at)
