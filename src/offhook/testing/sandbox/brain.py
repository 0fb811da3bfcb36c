"""What the emulated language models answer: a script, or rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from livekit.agents import llm

from offhook.models.offline.rules import RuleLLM

__all__ = ["Answer", "Asked", "Brain", "Line", "Rules", "Script", "answer_of"]

Role = Literal["system", "user", "assistant", "call", "result"]


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the conversation that a model is shown."""

    role: Role
    text: str
    tool: str = ""
    """The tool of a call or of a result."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model knows when it is asked: the conversation and the names of its tools."""

    lines: tuple[Line, ...]
    tools: frozenset[str] = frozenset()
    model: str = ""

    @property
    def words(self) -> int:
        return sum(len(line.text.split()) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Answer:
    """Words, a tool call, or both."""

    text: str = ""
    tool: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)

    @property
    def words(self) -> int:
        return len(self.text.split()) + (1 if self.tool else 0)


Brain = Callable[[Asked], Answer | str]


def answer_of(brain: Brain, asked: Asked) -> Answer:
    """Ask, and take plain words for an answer without a tool."""
    answer = brain(asked)
    return Answer(answer) if isinstance(answer, str) else answer


class Script:
    """Answers one after another; the same question again, as in a retry, gets the same answer again."""

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
        """What nobody has asked for yet."""
        return self._answers[len(self._given) :]


class Rules:
    """Answers as the offline model does."""

    def __init__(self, rules: RuleLLM) -> None:
        self._rules = rules

    def __call__(self, asked: Asked) -> Answer:
        reply = self._rules.decide(llm.ChatContext([_item(line) for line in asked.lines]), set(asked.tools))
        return Answer(reply.text, reply.tool, reply.arguments)


def _item(line: Line) -> llm.ChatItem:
    match line.role:
        case "call":
            return llm.FunctionCall(call_id="", name=line.tool, arguments=line.text)
        case "result":
            return llm.FunctionCallOutput(call_id="", name=line.tool, output=line.text, is_error=False)
        case role:
            return llm.ChatMessage(role=role, content=[line.text])
