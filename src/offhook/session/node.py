"""Stands before the agent's `llm_node`: asks the model twice when nothing comes, and stops tools that go in circles."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from typing import Any

from livekit.agents import Agent, AgentSession, ModelSettings, llm

from offhook.core.facts import AskedBeside, Fact, HandedOver, Planned, SessionClosed, SessionStarted, ToolRefused
from offhook.core.stall import DeadAir
from offhook.policies.calls import Calls
from offhook.session.race import END, Runner
from offhook.session.sieve import Sieve

__all__ = ["Node"]

Ask = Callable[[llm.ChatContext, ModelSettings], Any]


class Node:
    """One call's, around every agent that talks in it. A Realtime model has no such node, and is left alone."""

    def __init__(self, session: AgentSession[Any], post: Callable[[Fact], None]) -> None:
        self._session = session
        self._post = post
        self._plan: DeadAir | None = DeadAir()
        self._calls = Calls()
        self._agents: list[Agent] = []
        self._awaited: set[asyncio.Event] = set()

    def notice(self, fact: Fact) -> None:
        """Take in a fact: the plan, who talks, and which tools run."""
        match fact:
            case Planned(dead_air=plan):
                self._plan = plan
            case SessionStarted() | HandedOver():
                self._stand_before(self._session.current_agent)
            case SessionClosed():
                for agent in self._agents:
                    vars(agent).pop("llm_node", None)
                self._agents.clear()
        self._calls.notice(fact)

    def ask_beside(self) -> bool:
        """Ask the model once more, beside the request that gives nothing; False when no such request is awaited."""
        for second in self._awaited:
            second.set()
        return bool(self._awaited)

    def _stand_before(self, agent: Agent) -> None:
        if self._plan is None or agent in self._agents:
            return
        inner = agent.llm_node

        async def node(chat_ctx: llm.ChatContext, tools: list[llm.Tool], settings: ModelSettings) -> Any:
            def ask(context: llm.ChatContext, how: ModelSettings) -> Any:
                return inner(context, tools, how)

            first = await _answered(ask(chat_ctx, settings))
            return self._words(first, ask, chat_ctx, settings) if isinstance(first, AsyncIterable) else first

        setattr(agent, "llm_node", node)  # noqa: B010  # mypy knows it as a method
        self._agents.append(agent)

    async def _words(
        self, first: AsyncIterable[Any], ask: Ask, chat_ctx: llm.ChatContext, settings: ModelSettings
    ) -> AsyncGenerator[Any, None]:
        """What the model says and calls, without the calls that are too many; for those it is asked for words."""
        sieve = Sieve(self._plan or DeadAir(), self._calls, chat_ctx)
        async with aclosing(self._race(first, lambda: ask(chat_ctx, settings))) as stream:
            async for chunk in stream:
                if (kept := sieve.take(chunk)) is not None:
                    yield kept
        for call, why in sieve.refused:
            self._post(ToolRefused(call.name, why))
        if not sieve.refused or sieve.passed:
            return  # after a tool that does run, LiveKit asks the model again
        words = await _answered(ask(sieve.told(), ModelSettings(tool_choice="none")))
        if isinstance(words, str):
            yield words
        elif isinstance(words, AsyncIterable):
            async with aclosing(
                self._race(words, lambda: ask(sieve.told(), ModelSettings(tool_choice="none")))
            ) as stream:
                async for chunk in stream:
                    if (kept := sieve.without_calls(chunk)) is not None:
                        yield kept

    async def _race(self, first: AsyncIterable[Any], again: Callable[[], Any]) -> AsyncGenerator[Any, None]:
        """One request, or two once that is wanted: the one that gives something first is the answer."""
        wanted = asyncio.Event()
        self._awaited.add(wanted)
        runners = [Runner(first)]
        try:
            asked = asyncio.create_task(wanted.wait(), name="offhook second request")
            either: set[asyncio.Future[Any]] = {runners[0].begun, asked}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                asked.cancel()
            if wanted.is_set() and isinstance(second := await _answered(again()), AsyncIterable):
                runners.append(Runner(second))
                self._post(AskedBeside())
            self._awaited.discard(wanted)
            winner = await _first(runners)
            while (chunk := await winner.next()) is not END:
                yield chunk
        finally:
            self._awaited.discard(wanted)
            for runner in runners:
                await runner.stop()


async def _first(runners: list[Runner]) -> Runner:
    """The first that has something to give; the last one that is left when none has."""
    left = list(runners)
    while len(left) > 1:
        await asyncio.wait([runner.begun for runner in left], return_when=asyncio.FIRST_COMPLETED)
        for runner in [one for one in left if one.begun.done()]:
            if runner.begun.result() or len(left) == 1:
                return runner
            left.remove(runner)
    return left[0]


async def _answered(result: Any) -> Any:
    """What a node gives, whether it is a coroutine or not."""
    return await result if asyncio.iscoroutine(result) else result
