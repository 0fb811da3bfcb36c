"""Drops tool calls over the limit from the stream of one model request."""

from typing import Any

from livekit.agents import llm

from offhook.core.dead_air import DeadAir
from offhook.policies.answer.tool_calls import ToolCall, ToolCallCounter, call_key, over_limit

__all__ = ["REFUSED", "ToolCallFilter"]

REFUSED = "This was not called: {why}. Do not call it again now. Answer the caller in words, with what you know."


class ToolCallFilter:
    """Applies the limits on tool calls to one LLM request. An earlier tool call counts towards this turn only if two
    lists contain the tool call: the chat items of this LLM request after the caller's last message, and the recorded
    tool calls of the turn.

    Each list alone may also have tool calls of other turns. The chat items: if the agent calls tools without a new
    message of the caller, the tool calls of earlier answers also come after the caller's last message. The recorded
    tool calls: a preemptive request is made before its turn is committed, so they may still belong to the previous
    turn.
    """

    def __init__(self, plan: DeadAir, calls: ToolCallCounter, chat_ctx: llm.ChatContext) -> None:
        self._plan, self._context = plan, chat_ctx
        self._turn = [calls.turn[tool] for tool in _calls_since_user_message(chat_ctx) if tool in calls.turn]
        self._call = calls.call
        self.passed = False
        self.refused: list[tuple[llm.FunctionToolCall, str]] = []

    def take(self, chunk: Any) -> Any:
        """Return the chunk without the tool calls over the limit; None if the chunk has no other content."""
        if not isinstance(chunk, llm.ChatChunk) or chunk.delta is None or not chunk.delta.tool_calls:
            return chunk
        return _with_calls(chunk, [call for call in chunk.delta.tool_calls if self._count_or_refuse(call)])

    def without_calls(self, chunk: Any) -> Any:
        """Return the chunk without tool calls; None if the chunk has no other content."""
        if not isinstance(chunk, llm.ChatChunk) or chunk.delta is None or not chunk.delta.tool_calls:
            return chunk
        return _with_calls(chunk, [])

    def context_with_refusals(self) -> llm.ChatContext:
        """Return the chat context plus the refused tool calls, each with an error as its result."""
        context = self._context.copy()
        for call, why in self.refused:
            item = llm.FunctionCall(call_id=call.call_id, name=call.name, arguments=call.arguments)
            output = REFUSED.format(why=why)
            result = llm.FunctionCallOutput(call_id=call.call_id, name=call.name, output=output, is_error=True)
            context.items.extend([item, result])
        return context

    def _count_or_refuse(self, call: llm.FunctionToolCall) -> bool:
        """Count the tool call, or record it as refused. Return True if the tool call may run."""
        if why := over_limit(call.name, call.arguments, self._plan, turn=self._turn, call=self._call):
            self.refused.append((call, why))
            return False
        self._turn.append(ToolCall(call_key(call.name, call.arguments)))
        self._call += 1
        self.passed = True
        return True


def _calls_since_user_message(chat_ctx: llm.ChatContext) -> list[str]:
    """Return the ids of the tool calls after the last user message of this request."""
    ids: list[str] = []
    for item in reversed(chat_ctx.items):
        if isinstance(item, llm.ChatMessage) and item.role == "user":
            break
        if isinstance(item, llm.FunctionCall):
            ids.append(item.call_id)
    return ids[::-1]


def _with_calls(chunk: llm.ChatChunk, calls: list[llm.FunctionToolCall]) -> llm.ChatChunk | None:
    """Return a copy of the chunk with these tool calls; None if the copy would be empty."""
    assert chunk.delta is not None
    if not calls and not chunk.delta.content and chunk.usage is None:
        return None
    return chunk.model_copy(update={"delta": chunk.delta.model_copy(update={"tool_calls": calls})})
