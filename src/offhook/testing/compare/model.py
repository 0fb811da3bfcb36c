"""The LLM of a compared call: answers depend only on the spec and the request; every request is recorded."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from livekit.agents import APIConnectOptions, NotGivenOr, llm
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN

from offhook.testing.compare.spec import CallSpec, TurnSpec
from offhook.testing.compare.work import Log

__all__ = ["FIELD", "NUMBERS", "SHORTENED", "Answer", "Request", "SpecModel", "reply", "said_at"]

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
FIELD = "write_down"
"""The name of the tool that completes a task."""


SHORTENED = " (in short)"
"""A hook that changes the caller's words adds this text to them."""


def said_at(index: int, turn: TurnSpec) -> str:
    """Return the words that the caller says in this turn."""
    if turn.does == "backchannel":
        return "mhm"
    return f"please tell me about number {NUMBERS[index % len(NUMBERS)]}"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the model, without random parts such as ids. `at` is the time on the event loop's clock, in
    seconds.
    """

    at: float
    items: tuple[str, ...]
    tools: tuple[str, ...]
    choice: str


class SpecModel(llm.LLM[str]):
    """The session's `llm`. A simulation replaces other models, but not this model."""

    simulated = True

    def __init__(self, spec: CallSpec, log: Log) -> None:
        super().__init__()
        self.spec, self.log = spec, log
        self.requests: list[Request] = []

    @property
    def model(self) -> str:
        return "spec"

    @property
    def provider(self) -> str:
        return "offhook"

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,  # noqa: ARG002  # LiveKit's signature
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,  # noqa: ARG002  # LiveKit's signature
    ) -> llm.LLMStream:
        given = list(tools or ())
        names = [one.id for one in given if isinstance(one, llm.FunctionTool | llm.RawFunctionTool)]
        choice = str(tool_choice) if tool_choice is not NOT_GIVEN else ""
        now = asyncio.get_running_loop().time()
        self.requests.append(Request(now, tuple(_items(chat_ctx)), tuple(sorted(names)), choice))
        answer = self.answer(chat_ctx, [] if choice == "none" else given)
        return _Answering(self, answer, chat_ctx=chat_ctx, tools=given, conn_options=conn_options)

    def answer(self, chat_ctx: llm.ChatContext, tools: Sequence[llm.Tool]) -> "Answer":
        """Return the answer to this request."""
        return reply(self.spec, chat_ctx, [one.id for one in tools])


@dataclass(frozen=True, slots=True)
class Answer:
    """The text and the tool calls (name, arguments as JSON) of an answer. The answer begins after `thinks` seconds.
    `pace` is the number of words per second; with 0, the whole text is sent at once.
    """

    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    thinks: float = 0.3
    pace: float = 0.0


def reply(spec: CallSpec, chat_ctx: llm.ChatContext, tools: Sequence[str]) -> Answer:
    """Return the answer that the spec defines for this conversation. The answer calls only tools in `tools`."""
    spoken = (item for item in reversed(chat_ctx.items) if item.type in ("message", "function_call_output"))
    match next(spoken, None):
        case llm.FunctionCallOutput() as output:
            return Answer(f"As for {output.name}: {str(output.output)[:60] or 'there is nothing'}.")
        case llm.ChatMessage(role="user") as message:
            return Answer(calls=((FIELD, "{}"),)) if FIELD in tools else _turn(spec, message.text_content or "", tools)
        case llm.ChatMessage(role="assistant"):
            return Answer("Anything else?")
    return Answer("Hello, how can I help you today?")


def _turn(spec: CallSpec, words: str, tools: Sequence[str]) -> Answer:
    """Return the answer of the spec's last turn whose number ("one", "two", …) is in the caller's words."""
    for index, turn in reversed(list(enumerate(spec.turns))):
        if re.search(rf"\b{NUMBERS[index % len(NUMBERS)]}\b", words):
            called = tuple((tool.name, "{}") for tool in turn.tools if tool.name in tools)
            return Answer(turn.answer if turn.words or not called else "", called, turn.thinks, turn.pace)
    return Answer("I see. Go on please.")


class _Answering(llm.LLMStream):
    def __init__(
        self,
        model: SpecModel,
        answer: Answer,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool],
        conn_options: APIConnectOptions,
    ) -> None:
        super().__init__(model, chat_ctx=chat_ctx, tools=tools, conn_options=conn_options)
        self._answer = answer
        self._count = len(model.requests)

    async def _run(self) -> None:
        assert isinstance(self._llm, SpecModel)
        with self._llm.log.working():
            await self._answers()

    async def _answers(self) -> None:
        answer = self._answer
        await asyncio.sleep(answer.thinks)
        for piece in re.findall(r"\S+\s*", answer.text) if answer.pace else filter(None, [answer.text]):
            self._send(llm.ChoiceDelta(role="assistant", content=piece))
            if answer.pace:
                await asyncio.sleep(1 / answer.pace)
        calls = [
            llm.FunctionToolCall(name=name, arguments=arguments, call_id=f"call_{self._count}_{number}")
            for number, (name, arguments) in enumerate(answer.calls)
        ]
        if calls:
            self._send(llm.ChoiceDelta(role="assistant", tool_calls=calls))

    def _send(self, delta: llm.ChoiceDelta) -> None:
        self._event_ch.send_nowait(llm.ChatChunk(id=f"answer-{self._count}", delta=delta))


def _items(chat_ctx: llm.ChatContext) -> Iterator[str]:
    for item in chat_ctx.items:
        match item:
            case llm.ChatMessage():
                yield f"{item.role}: {item.text_content or ''}{' [interrupted]' if item.interrupted else ''}"
            case llm.FunctionCall():
                yield f"call: {item.name}({item.arguments})"
            case llm.FunctionCallOutput():
                yield f"{'failed' if item.is_error else 'output'}: {item.name}: {item.output}"
            case _:
                yield item.type
