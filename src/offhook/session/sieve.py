"""Lets through what a model says and calls in one request, but for the calls of tools that are too many."""

from collections import Counter
from typing import Any

from livekit.agents import llm

from offhook.core.stall import DeadAir
from offhook.policies.calls import Calls, too_many, what

__all__ = ["REFUSED", "Sieve"]

REFUSED = "This was not called: {why}. Do not call it again now. Answer the caller in words, with what you know."


class Sieve:
    """Compares with what was called since the caller spoke last, as this request shows it and as it really happened.

    Either alone is wrong: a request that is made before the caller's turn is over belongs to the next turn already,
    and what an agent does unasked is shown under the words that the caller said long before.
    """

    def __init__(self, plan: DeadAir, calls: Calls, chat_ctx: llm.ChatContext) -> None:
        self._plan, self._context = plan, chat_ctx
        self._turn = calls.turn & _since_the_caller(chat_ctx)
        self._call = calls.call
        self.passed = False
        self.refused: list[tuple[llm.FunctionToolCall, str]] = []

    def take(self, chunk: Any) -> Any:
        """The chunk without the calls that are too many; None when there is nothing else in it."""
        if not isinstance(chunk, llm.ChatChunk) or chunk.delta is None or not chunk.delta.tool_calls:
            return chunk
        return _with(chunk, [call for call in chunk.delta.tool_calls if self._let(call)])

    def without_calls(self, chunk: Any) -> Any:
        """Only words, from a model that was told that it may not call anything."""
        if not isinstance(chunk, llm.ChatChunk) or chunk.delta is None or not chunk.delta.tool_calls:
            return chunk
        return _with(chunk, [])

    def told(self) -> llm.ChatContext:
        """The context in which the model sees what became of its calls."""
        context = self._context.copy()
        for call, why in self.refused:
            made = llm.FunctionCall(call_id=call.call_id, name=call.name, arguments=call.arguments)
            output = REFUSED.format(why=why)
            told = llm.FunctionCallOutput(call_id=call.call_id, name=call.name, output=output, is_error=True)
            context.items.extend([made, told])
        return context

    def _let(self, call: llm.FunctionToolCall) -> bool:
        if why := too_many(call.name, call.arguments, self._plan, turn=self._turn, call=self._call):
            self.refused.append((call, why))
            return False
        self._turn[what(call.name, call.arguments)] += 1
        self._call += 1
        self.passed = True
        return True


def _since_the_caller(chat_ctx: llm.ChatContext) -> Counter[str]:
    made: Counter[str] = Counter()
    for item in reversed(chat_ctx.items):
        if isinstance(item, llm.ChatMessage) and item.role == "user":
            break
        if isinstance(item, llm.FunctionCall):
            made[what(item.name, item.arguments)] += 1
    return made


def _with(chunk: llm.ChatChunk, calls: list[llm.FunctionToolCall]) -> llm.ChatChunk | None:
    assert chunk.delta is not None
    if not calls and not chunk.delta.content and chunk.usage is None:
        return None
    return chunk.model_copy(update={"delta": chunk.delta.model_copy(update={"tool_calls": calls})})
