"""Answers for the emulated LLMs, from a script or from rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from livekit.agents import llm

from offhook.models.offline.rules import RuleLLM

__all__ = ["Answer", "Asked", "Line", "LlmModel", "Rules", "Script", "answer_of", "context_of"]

Role = Literal["system", "user", "assistant", "call", "result"]


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the conversation in a model's input."""

    role: Role
    text: str
    tool: str = ""
    """The tool name, if this item is a tool call or the result of a tool call."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The input of a model: the conversation and the names of the tools."""

    lines: tuple[Line, ...]
    tools: frozenset[str] = frozenset()
    model: str = ""

    @property
    def words(self) -> int:
        return sum(len(line.text.split()) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Answer:
    """Text, a tool call, or both."""

    text: str = ""
    tool: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)

    @property
    def words(self) -> int:
        return len(self.text.split()) + (1 if self.tool else 0)


LlmModel = Callable[[Asked], Answer | str]


def answer_of(model: LlmModel, asked: Asked) -> Answer:
    """Call the model; if the model returns plain text, make an `Answer` without a tool call."""
    answer = model(asked)
    return Answer(answer) if isinstance(answer, str) else answer


class Script:
    """Gives its answers in order. If the same input comes again, as in a retry, the answer is the same."""

    def __init__(self, *answers: Answer | str, then: str = "My script is over.") -> None:
        self._answers, self._then = answers, then
        self._given: dict[Asked, Answer | str] = {}

    def __call__(self, asked: Asked) -> Answer | str:
        if asked not in self._given:
            number = len(self._given)
            self._given[asked] = self._answers[number] if number < len(self._answers) else self._then
        return self._given[asked]

    @property
    def left(self) -> tuple[Answer | str, ...]:
        """The answers not used yet."""
        return self._answers[len(self._given) :]


class Rules:
    """Makes each answer with the rules of a `RuleLLM`, such as the offline LLM."""

    def __init__(self, rules: RuleLLM) -> None:
        self._rules = rules

    def __call__(self, asked: Asked) -> Answer:
        reply = self._rules.decide(context_of(asked), set(asked.tools))
        return Answer(reply.text, reply.tool, reply.arguments)


def context_of(asked: Asked) -> llm.ChatContext:
    """Return the conversation as a LiveKit chat context."""
    return llm.ChatContext([_item(line) for line in asked.lines])


def _item(line: Line) -> llm.ChatItem:
    match line.role:
        case "call":
            return llm.FunctionCall(call_id="", name=line.tool, arguments=line.text)
        case "result":
            return llm.FunctionCallOutput(call_id="", name=line.tool, output=line.text, is_error=False)
        case role:
            return llm.ChatMessage(role=role, content=[line.text])
