"""A language model without a key: rules that turn what was said last into words or a tool call."""

import asyncio
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from livekit.agents import APIConnectOptions, NotGivenOr, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN

__all__ = ["Manner", "Reply", "Rule", "RuleLLM", "RuleSet"]


@dataclass(frozen=True, slots=True)
class Reply:
    """Words, a tool call, or both; `{group}` stands for a group of the rule's pattern, `{last}` and `{time}` too."""

    text: str = ""
    tool: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern for `user:<text>`, `system:<instructions>`, `tool:<name>:<output>` or `failed:<name>:<error>`."""

    pattern: str
    reply: Reply
    without_tool: str = ""
    """Said when the agent does not have the reply's tool."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How everything is said while the agent's instructions match, the last match deciding.

    `{first}` is the first sentence of `{text}`.
    """

    pattern: str
    template: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All that a RuleLLM knows."""

    rules: Sequence[Rule]
    opening: str
    unknown: str
    manners: Sequence[Manner] = ()
    sounds_like: Mapping[str, str] = field(default_factory=dict)
    """What a recogniser writes for a word, to the word: applied to the groups of a pattern."""


class RuleLLM(llm.LLM[str]):
    """Answers by the first rule that matches; instant unless a delay or a pace is given."""

    def __init__(
        self,
        knows: RuleSet,
        *,
        delay: float = 0.0,
        words_per_second: float | None = None,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        super().__init__()
        self._knows, self._now = knows, now
        self.delay, self.words_per_second = delay, words_per_second

    @property
    def model(self) -> str:
        return "rules"

    @property
    def provider(self) -> str:
        return "offline"

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature; we call one tool
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature
    ) -> llm.LLMStream:
        callable_tools = [] if tool_choice == "none" else tools or []
        names = {tool.info.name for tool in callable_tools if isinstance(tool, (llm.FunctionTool, llm.RawFunctionTool))}
        reply = self.decide(chat_ctx, names)
        return _Thinking(self, reply, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)

    def decide(self, chat_ctx: llm.ChatContext, tools: set[str]) -> Reply:
        """What to answer now, given the conversation and the names of the tools at hand."""
        said = _last_said(chat_ctx)
        reply = Reply(self._knows.unknown if said else self._knows.opening)
        words = {"last": _last_answer(chat_ctx), "time": self._now().strftime("%I:%M %p").lstrip("0")}
        for rule in self._knows.rules:
            if said and (match := re.search(rule.pattern, said, re.IGNORECASE | re.DOTALL)):
                words |= {name: self._meant(text or "") for name, text in match.groupdict().items()}
                reply = _possible(rule, tools)
                break
        text = self._styled(reply.text.format_map(words), chat_ctx)
        arguments = {name: value.format_map(words) for name, value in reply.arguments.items()}
        return Reply(text, reply.tool, arguments)

    def _meant(self, heard: str) -> str:
        return self._knows.sounds_like.get(heard.strip().lower(), heard.strip())

    def _styled(self, text: str, chat_ctx: llm.ChatContext) -> str:
        instructions = _instructions(chat_ctx)
        asked = [
            (match.start(), manner.template)
            for manner in self._knows.manners
            for match in re.finditer(manner.pattern, instructions, re.IGNORECASE)
        ]
        if text and asked:
            _, template = max(asked)  # instructions are often added to the old ones
            return template.format(text=text, first=re.split(r"(?<=[.?!])\s", text)[0])
        return text


class _Thinking(llm.LLMStream):
    def __init__(
        self,
        rules: RuleLLM,
        reply: Reply,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],
        conn_options: APIConnectOptions,
    ) -> None:
        super().__init__(rules, chat_ctx=chat_ctx, tools=tools, conn_options=conn_options)
        self._rules, self._reply = rules, reply

    async def _run(self) -> None:
        name = f"rules-{uuid.uuid4().hex[:8]}"
        if self._rules.delay:
            await asyncio.sleep(self._rules.delay)
        pieces = [self._reply.text] if self._rules.words_per_second is None else re.findall(r"\S+\s*", self._reply.text)
        for piece in filter(None, pieces):
            self._event_ch.send_nowait(llm.ChatChunk(id=name, delta=llm.ChoiceDelta(role="assistant", content=piece)))
            if self._rules.words_per_second is not None:
                await asyncio.sleep(1 / self._rules.words_per_second)
        if self._reply.tool:
            call = llm.FunctionToolCall(
                name=self._reply.tool, arguments=json.dumps(dict(self._reply.arguments)), call_id=f"call-{name}"
            )
            self._event_ch.send_nowait(
                llm.ChatChunk(id=name, delta=llm.ChoiceDelta(role="assistant", tool_calls=[call]))
            )
        asked = sum(len((message.text_content or "").split()) for message in self.chat_ctx.messages())
        said = len(self._reply.text.split())
        usage = llm.CompletionUsage(completion_tokens=said, prompt_tokens=asked, total_tokens=asked + said)
        self._event_ch.send_nowait(llm.ChatChunk(id=name, usage=usage))


def _possible(rule: Rule, tools: set[str]) -> Reply:
    if rule.reply.tool is None or rule.reply.tool in tools:
        return rule.reply
    return Reply(rule.without_tool or f"I cannot do that on this call: I do not have the tool {rule.reply.tool}.")


def _last_said(chat_ctx: llm.ChatContext) -> str:
    """The item to answer as a rule sees it; empty when only the agent's instructions are there."""
    for index, item in reversed(list(enumerate(chat_ctx.items))):
        if item.type == "function_call_output":
            return f"{'failed' if item.is_error else 'tool'}:{item.name}:{item.output}"
        if item.type == "message" and not (index == 0 and item.role == "system"):
            return f"{item.role}:{item.text_content or ''}"
    return ""


def _last_answer(chat_ctx: llm.ChatContext) -> str:
    answers = (item.text_content for item in reversed(chat_ctx.messages()) if item.role == "assistant")
    return next(filter(None, answers), "Nothing yet.")


def _instructions(chat_ctx: llm.ChatContext) -> str:
    return next(_system_texts(chat_ctx), "")


def _system_texts(chat_ctx: llm.ChatContext) -> Iterator[str]:
    return (item.text_content or "" for item in chat_ctx.messages() if item.role == "system")
