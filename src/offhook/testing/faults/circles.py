"""A model that goes round in circles: it calls a tool, always the same, in place of an answer."""

import json
from typing import Any

from offhook.testing.sandbox.hook import Event, Hook, Refusal, Request

__all__ = ["Circling"]


class Circling(Hook):
    """Puts the call of a tool in place of the words, unless the model was told to call none."""

    def __init__(self) -> None:
        self._call: dict[str, Any] | None = None
        self._calls = 0

    async def before_answer(self, request: Request) -> Refusal | None:
        free = request.body.get("tool_choice") != "none"
        functions = [tool["function"] for tool in request.body.get("tools") or () if free and "function" in tool]
        # The one that ends the call would end the circle too.
        self._call = next((_called(one) for one in functions if one["name"] != "end_call"), None)
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


def _called(function: dict[str, Any]) -> dict[str, str]:
    """The same arguments each time: of every one that is required, its own name."""
    names = (function.get("parameters") or {}).get("required") or ()
    return {"name": function["name"], "arguments": json.dumps({name: name for name in names})}
