"""Wraps the agent's `llm_node`: makes a hedged second request, and drops tool calls over the limit."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from typing import Any

from livekit.agents import Agent, ModelSettings, llm

from offhook.core.dead_air import DeadAir
from offhook.core.facts import Fact, ModelResponded, ModelResponding, Planned, RequestHedged, ToolRefused
from offhook.policies.answer.tool_calls import ToolCallCounter
from offhook.redaction.redactor import Redactor
from offhook.session.inbound.agent_taps import overridden
from offhook.session.inbound.answer_evidence import AnswerEvidence
from offhook.session.llm_node.masking import masked_context
from offhook.session.llm_node.stream_reader import END, StreamReader
from offhook.session.llm_node.tool_call_filter import ToolCallFilter

__all__ = ["LlmNode"]

NODE = "llm_node"
EVERY = 2.0
"""Minimum seconds between two `ModelResponding` facts."""
Ask = Callable[[llm.ChatContext, ModelSettings], Any]


class LlmNode:
    """Wraps `llm_node` of every agent of one call. LiveKit does not call `llm_node` for a Realtime model."""

    def __init__(self, post: Callable[[Fact], None], evidence: AnswerEvidence) -> None:
        self._post = post
        self._evidence = evidence
        self._plan = DeadAir()
        self._calls = ToolCallCounter()
        self._pending: set[asyncio.Event] = set()
        self.redactor: Redactor | None = None
        """Masks the chat context that the model reads. If this is None, the model reads the unmasked context."""

    def notice(self, fact: Fact) -> None:
        """Store the plan's `dead_air`, and count the tool calls."""
        if isinstance(fact, Planned):
            self._plan = fact.dead_air or self._plan
        self._calls.notice(fact)

    def hedge(self) -> bool:
        """Start a second LLM request in parallel with each request that has no chunk yet. Return False if there is no
        such request.
        """
        for request in self._pending:
            request.set()
        return bool(self._pending)

    def wrap(self, agent: Agent, inner: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function that replaces this agent's `llm_node`."""

        async def llm_node(chat_ctx: llm.ChatContext, tools: list[llm.Tool], settings: ModelSettings) -> Any:
            def ask(context: llm.ChatContext, model_settings: ModelSettings) -> Any:
                shown = context if self.redactor is None else masked_context(context, self.redactor)
                return inner(shown, tools, model_settings)

            empty = self._evidence.empty_requests
            first = await _awaited(ask(chat_ctx, settings))
            if isinstance(first, AsyncIterable):
                return self._counted(agent, self._answer(first, ask, chat_ctx, settings), empty)
            if isinstance(first, str):
                self._post(ModelResponded(len(first)))
            else:
                self._post_empty(agent, empty)
            return first

        return llm_node

    async def _counted(self, agent: Agent, stream: AsyncGenerator[Any, None], empty: int) -> AsyncGenerator[Any, None]:
        """Yield the chunks unchanged. Post `ModelResponding` at most every 2 s, and the answer's size at the end."""
        characters = calls = 0
        clock, posted_at = asyncio.get_running_loop().time, -math.inf
        async with aclosing(stream):
            async for chunk in stream:
                if clock() >= posted_at + EVERY:
                    posted_at = clock()
                    self._post(ModelResponding())
                if isinstance(chunk, str):
                    characters += len(chunk)
                elif isinstance(chunk, llm.ChatChunk) and chunk.delta is not None:
                    characters += len(chunk.delta.content or "")
                    calls += len(chunk.delta.tool_calls)
                yield chunk
        if characters or calls:
            self._post(ModelResponded(characters, calls))
        else:
            self._post_empty(agent, empty)

    def _post_empty(self, agent: Agent, empty: int) -> None:
        """Report an empty answer. If the agent has its own `llm_node`, and LiveKit reported no empty LLM request,
        record that the agent's code declined the turn. Otherwise, post a `ModelResponded` without text.
        """
        if overridden(agent, NODE) and self._evidence.empty_requests == empty:
            self._evidence.decline(NODE)
        else:
            self._post(ModelResponded(0))

    async def _answer(
        self, first: AsyncIterable[Any], ask: Ask, chat_ctx: llm.ChatContext, settings: ModelSettings
    ) -> AsyncGenerator[Any, None]:
        """Yield the model's answer without the tool calls over the limit. If all tool calls were over the limit,
        request an answer in words.
        """
        calls = ToolCallFilter(self._plan, self._calls, chat_ctx)
        async with aclosing(self._hedged(first, lambda: ask(chat_ctx, settings))) as stream:
            async for chunk in stream:
                if (kept := calls.take(chunk)) is not None:
                    yield kept
        for call, why in calls.refused:
            self._post(ToolRefused(call.name, why))
        if calls.refused and not calls.passed:  # if a tool runs, LiveKit itself requests the next answer
            async with aclosing(self._text_answer(calls, ask)) as stream:
                async for chunk in stream:
                    yield chunk

    async def _text_answer(self, calls: ToolCallFilter, ask: Ask) -> AsyncGenerator[Any, None]:
        """Request an answer without tools, after all tool calls were refused, and yield its text."""

        def request() -> Any:
            return ask(calls.context_with_refusals(), ModelSettings(tool_choice="none"))

        answer = await _awaited(request())
        if isinstance(answer, str):
            yield answer
        elif isinstance(answer, AsyncIterable):
            async with aclosing(self._hedged(answer, request)) as stream:
                async for chunk in stream:
                    if (kept := calls.without_calls(chunk)) is not None:
                        yield kept

    async def _hedged(self, first: AsyncIterable[Any], request: Callable[[], Any]) -> AsyncGenerator[Any, None]:
        """Yield the chunks of one request.

        If `hedge()` is called before the first chunk arrives, make a second request. The answer is taken from the
        request that gives the first chunk.
        """
        hedge = asyncio.Event()
        self._pending.add(hedge)
        readers = [StreamReader(first)]
        try:
            await _begun_or_set(readers[0], hedge)
            if hedge.is_set() and isinstance(second := await _awaited(request()), AsyncIterable):
                readers.append(StreamReader(second))
                self._post(RequestHedged())
            self._pending.discard(hedge)
            winner = await _first_with_chunk(readers)
            while (chunk := await winner.next()) is not END:
                yield chunk
        finally:
            self._pending.discard(hedge)
            for reader in readers:
                await reader.stop()


async def _begun_or_set(reader: StreamReader, hedge: asyncio.Event) -> None:
    """Wait until the stream gives a chunk or ends, or the event is set."""
    hedging = asyncio.create_task(hedge.wait(), name="offhook second request")
    either: set[asyncio.Future[Any]] = {reader.begun, hedging}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hedging.cancel()


async def _first_with_chunk(readers: list[StreamReader]) -> StreamReader:
    """Return the reader that has the first chunk. If all streams end without a chunk, return the reader that ended
    last.
    """
    left = list(readers)
    while len(left) > 1:
        await asyncio.wait([reader.begun for reader in left], return_when=asyncio.FIRST_COMPLETED)
        for reader in [one for one in left if one.begun.done()]:
            if reader.begun.result() or len(left) == 1:
                return reader
            left.remove(reader)
    return left[0]


async def _awaited(result: Any) -> Any:
    """Return `result`. If `result` is a coroutine, await it and return its result."""
    return await result if asyncio.iscoroutine(result) else result
