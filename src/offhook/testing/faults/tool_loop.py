"""A fault in which the LLM repeats the same tool call instead of an answer."""

import json
from typing import Any

from offhook.testing.sandbox.hook import Event, Hook, Refusal, Request

__all__ = ["ToolLoop"]


class ToolLoop(Hook):
    """Replaces the text of each answer with a tool call, if the request has a tool other than `end_call` and allows
    tool calls.
    """

    def __init__(self) -> None:
        self._call: dict[str, Any] | None = None
        self._calls = 0

    async def before_answer(self, request: Request) -> Refusal | None:
        allowed = request.body.get("tool_choice") != "none"
        functions = [tool["function"] for tool in request.body.get("tools") or () if allowed and "function" in tool]
        # `end_call` is skipped, because it would end the loop.
        self._call = next((_call_of(one) for one in functions if one["name"] != "end_call"), None)
        return None

    async def before_event(self, event: Event) -> str | bytes | None:
        if self._call is None or event.kind != "chunk":
            return event.payload
        chunk = json.loads(str(event.payload).removeprefix("data: "))
        (choice,) = chunk["choices"]
        if choice["finish_reason"]:
            self._calls += 1
            call = {"index": 0, "id": f"call_{self._calls}", "type": "function", "function": self._call}
            choice |= {"delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}
            return f"data: {json.dumps(chunk)}\n\n"
        return None if choice["delta"].get("content") else event.payload


def _call_of(function: dict[str, Any]) -> dict[str, str]:
    """Return the tool call, always with equal arguments: each required parameter has its own name as its value."""
    names = (function.get("parameters") or {}).get("required") or ()
    return {"name": function["name"], "arguments": json.dumps({name: name for name in names})}
