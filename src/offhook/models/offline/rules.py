"""LLM that needs no API key: rules turn the last message or the result of a tool into a text or a tool call."""

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

__all__ = ["Reply", "Rule", "RuleLLM", "RuleSet", "ToneRule"]


@dataclass(frozen=True, slots=True)
class Reply:
    """A text, a tool call, or both.

    In the text and in the arguments, `{last}` is replaced by the agent's last answer, and `{time}` by the time. Any
    other name in braces is replaced by the words that the group of this name in `Rule.pattern` has matched.
    """

    text: str = ""
    tool: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """A reply, and a pattern that selects the reply.

    The pattern is searched in the last item of the conversation, written as `user:<text>`, `system:<instructions>`,
    `tool:<name>:<output>` or `failed:<name>:<error>`.
    """

    pattern: str
    reply: Reply
    without_tool: str = ""
    """The answer if the agent does not have the tool that the reply calls."""


@dataclass(frozen=True, slots=True)
class ToneRule:
    """A template for every answer while the pattern matches the agent's instructions.

    If several patterns match, the last match in the instructions counts. In the template, `{text}` is the answer, and
    `{first}` is its first sentence.
    """

    pattern: str
    template: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a `RuleLLM`, its style rules (`tones`), and its answers when no rule matches."""

    rules: Sequence[Rule]
    opening: str
    unknown: str
    tones: Sequence[ToneRule] = ()
    sounds_like: Mapping[str, str] = field(default_factory=dict)
    """Maps a misrecognised word to the correct word. The correction applies only to words that a group of a pattern has
    matched.
    """


class RuleLLM(llm.LLM[str]):
    """Answers with the reply of the first rule that matches, after `delay` seconds. With `words_per_second`, the words
    of the answer are sent one by one at this rate.
    """

    def __init__(
        self,
        rule_set: RuleSet,
        *,
        delay: float = 0.0,
        words_per_second: float | None = None,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        super().__init__()
        self._rule_set, self._now = rule_set, now
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
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature; a reply calls one tool
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,  # noqa: ARG002  LiveKit's signature
    ) -> llm.LLMStream:
        callable_tools = [] if tool_choice == "none" else tools or []
        names = {tool.info.name for tool in callable_tools if isinstance(tool, (llm.FunctionTool, llm.RawFunctionTool))}
        reply = self.decide(chat_ctx, names)
        return _RuleStream(self, reply, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)

    def decide(self, chat_ctx: llm.ChatContext, tools: set[str]) -> Reply:
        """Return the reply to the conversation. `tools` are the names of the available tools."""
        last_item = _last_item(chat_ctx)
        reply = Reply(self._rule_set.unknown if last_item else self._rule_set.opening)
        values = {"last": _last_answer(chat_ctx), "time": self._now().strftime("%I:%M %p").lstrip("0")}
        for rule in self._rule_set.rules:
            if last_item and (match := re.search(rule.pattern, last_item, re.IGNORECASE | re.DOTALL)):
                values |= {name: self._corrected(text or "") for name, text in match.groupdict().items()}
                reply = _possible(rule, tools)
                break
        text = self._styled(reply.text.format_map(values), chat_ctx)
        arguments = {name: value.format_map(values) for name, value in reply.arguments.items()}
        return Reply(text, reply.tool, arguments)

    def _corrected(self, word: str) -> str:
        return self._rule_set.sounds_like.get(word.strip().lower(), word.strip())

    def _styled(self, text: str, chat_ctx: llm.ChatContext) -> str:
        instructions = _instructions(chat_ctx)
        matches = [
            (match.start(), tone.template)
            for tone in self._rule_set.tones
            for match in re.finditer(tone.pattern, instructions, re.IGNORECASE)
        ]
        if text and matches:
            _, template = max(matches)  # the last match counts, because new instructions often stand after the old ones
            return template.format(text=text, first=re.split(r"(?<=[.?!])\s", text)[0])
        return text


class _RuleStream(llm.LLMStream):
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
        prompt_words = sum(len((message.text_content or "").split()) for message in self.chat_ctx.messages())
        words = len(self._reply.text.split())
        usage = llm.CompletionUsage(
            completion_tokens=words, prompt_tokens=prompt_words, total_tokens=prompt_words + words
        )
        self._event_ch.send_nowait(llm.ChatChunk(id=name, usage=usage))


def _possible(rule: Rule, tools: set[str]) -> Reply:
    if rule.reply.tool is None or rule.reply.tool in tools:
        return rule.reply
    return Reply(rule.without_tool or f"I cannot do that on this call: I do not have the tool {rule.reply.tool}.")


def _last_item(chat_ctx: llm.ChatContext) -> str:
    """Return the last item as text for `Rule.pattern`, or "" if the context has only the agent's instructions."""
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
