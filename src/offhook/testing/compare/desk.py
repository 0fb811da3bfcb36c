"""Builds the agents of a compared call from the spec, as users write agents without offhook."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable

from livekit import rtc
from livekit.agents import Agent, AgentTask, FlushSentinel, ModelSettings, function_tool, llm

from offhook.testing.compare.model import FIELD, SHORTENED
from offhook.testing.compare.spec import CallSpec, EnterSpec, HookSpec
from offhook.testing.compare.work import Log, tool_of

__all__ = ["Desk", "Form"]


async def enter(agent: Agent, spec: EnterSpec, words: str, log: Log) -> None:
    """Do what the spec says about the agent's `on_enter`."""
    with log.working():
        await asyncio.sleep(spec.seconds)
    match spec.kind:
        case "says":
            with log.refused():
                agent.session.say(words)
        case "generates":
            with log.refused():
                agent.session.generate_reply(instructions="Greet the caller.")
        case "raises":
            log.fail("on_enter")


class Desk(Agent):
    """The agent of the spec. If a tool hands the call over to another agent, that agent is also a `Desk`, with the same
    tools and another `name`.
    """

    def __init__(self, spec: CallSpec, log: Log, name: str = "desk") -> None:
        work = [tool_of(tool, log, _other(spec, log, tool.name), lambda: Form(spec, log)) for tool in spec.tools]
        super().__init__(instructions=f"You are the {name}.", tools=[*work], id=name)
        self._spec, self._log, self._name, self._turns = spec, log, name, 0

    async def on_enter(self) -> None:
        first = self._name == "desk"
        words = "Hello, this is the desk. How can I help?" if first else f"You are with the {self._name} now."
        await enter(self, self._spec.enter if first else self._spec.other_enter, words, self._log)

    async def on_user_turn_completed(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:  # noqa: ARG002  # LiveKit's signature
        self._turns += 1
        await hook(self._spec.hook, self._turns, new_message, self._log)

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncIterator[llm.ChatChunk | str | FlushSentinel]:
        kind, last = self._spec.llm_node, chat_ctx.items[-1] if chat_ctx.items else None
        asked = isinstance(last, llm.ChatMessage) and last.role == "user" and "two" in (last.text_content or "")
        if kind in ("empty", "says") and asked:
            if kind == "says":
                yield "I can not talk about that."
            return
        async for chunk in Agent.default.llm_node(self, chat_ctx, tools, model_settings):
            yield chunk

    async def tts_node(self, text: AsyncIterable[str], model_settings: ModelSettings) -> AsyncIterator[rtc.AudioFrame]:
        if self._spec.tts_node == "empty":
            said = "".join([piece async for piece in text])
            if len(said) % 2:
                return
            text = _as_stream(said)
        async for frame in Agent.default.tts_node(self, text, model_settings):
            yield frame


async def _as_stream(text: str) -> AsyncIterator[str]:
    yield text


async def hook(spec: HookSpec, turn: int, message: llm.ChatMessage, log: Log) -> None:
    """Do what the spec says about the agent's `on_user_turn_completed` in this turn of the caller."""
    log.turns.append((asyncio.get_running_loop().time(), message.text_content or ""))
    if spec.kind == "none" or turn % spec.every:
        return
    with log.working():
        await asyncio.sleep(spec.seconds)
    match spec.kind:
        case "changes":
            message.content = [f"{message.text_content}{SHORTENED}"]
        case "raises":
            log.fail("hook")
        case "stops":
            log.stop()


def _other(spec: CallSpec, log: Log, tool: str) -> Callable[[], Agent]:
    return lambda: overridden(spec)(spec, log, f"{tool} desk")


class Form(AgentTask[str]):
    """A task that a tool runs. The task completes when the caller has answered the task's question."""

    def __init__(self, spec: CallSpec, log: Log) -> None:
        super().__init__(instructions="Ask for the number.")
        self._spec, self._log = spec, log

    async def on_enter(self) -> None:
        await enter(self, self._spec.other_enter, "Please read me the long number on your card.", self._log)

    @function_tool(name=FIELD)
    async def write_down(self) -> str:
        """Write the number down."""
        self._log.note(FIELD)
        self.complete("the number")
        return "written"


def overridden(spec: CallSpec) -> type[Desk]:
    """Return the agent class for this spec. The class overrides only the nodes and hooks that the spec changes."""
    names = [name for name in ("llm_node", "tts_node") if getattr(spec, name) == "own"]
    names += ["on_user_turn_completed"] if spec.hook.kind == "none" else []
    return type("SpecDesk", (Desk,), {name: getattr(Agent, name) for name in names})
