"""Simulated callers and an LLM for any agent. The LLM calls the agent's tools one after another, with arguments made
from each tool's schema.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from livekit.agents import llm
from livekit.agents.llm.utils import build_legacy_openai_schema

from offhook.testing.compare.model import NUMBERS, Answer, SpecModel
from offhook.testing.compare.spec import CallSpec, TurnSpec

__all__ = ["CALLERS", "AnyModel", "callers"]

CALLERS = ("polite", "interrupting", "silent", "noisy", "slow")
_ANSWERS = (
    "Yes, of course.",
    "We are open from noon until ten. The kitchen closes at nine.",
    "Let me see. It is 12.50 EUR.",
)


class AnyModel(SpecModel):
    """Answers every second question of the caller with a tool call. These tool calls use the agent's tools one after
    another, in the order of the tools' names.
    """

    def answer(self, chat_ctx: llm.ChatContext, tools: Sequence[llm.Tool]) -> Answer:
        plain = super().answer(chat_ctx, ())
        last = next((item for item in reversed(chat_ctx.items) if item.type in _SPOKEN), None)
        own_tools = sorted((one for one in tools if _own(one)), key=lambda one: one.id)
        if not isinstance(last, llm.ChatMessage) or last.role != "user" or not own_tools:
            return plain
        asked = [index for index, number in enumerate(NUMBERS) if re.search(rf"\b{number}\b", last.text_content or "")]
        if not asked or asked[-1] % 2 == 0:
            return plain
        tool = own_tools[(asked[-1] // 2 + self.spec.seed) % len(own_tools)]
        return Answer("", ((tool.id, json.dumps(_arguments(tool))),), plain.thinks)


_SPOKEN = ("message", "function_call_output")


def _own(tool: llm.Tool) -> bool:
    """True for a tool from the agent's own code; false for a tool that offhook provides, because offhook's tools do
    nothing in a run without offhook.
    """
    return isinstance(tool, llm.FunctionTool) and not str(tool.__module__).startswith("offhook.")


def _arguments(tool: llm.Tool) -> Any:
    schema = build_legacy_openai_schema(tool) if isinstance(tool, llm.FunctionTool) else {}
    return _example(schema["function"]["parameters"], schema["function"]["parameters"].get("$defs", {}))


def _example(schema: Mapping[str, Any], named: Mapping[str, Any]) -> Any:
    """Make a value that is valid for this JSON schema."""
    if "$ref" in schema:
        return _example(named[str(schema["$ref"]).rpartition("/")[2]], named)
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _example(schema[several][0], named)
    match schema.get("type"):
        case "object":
            return {name: _example(one, named) for name, one in schema.get("properties", {}).items()}
        case "array":
            return [_example(schema.get("items", {}), named)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "null":
            return None
    return "one"


def callers(seed: int, count: int) -> Iterator[tuple[str, CallSpec]]:
    """Yield the kind and the spec of `count` callers made from this seed. The kinds cycle through `CALLERS`."""
    for number in range(count):
        kind = CALLERS[number % len(CALLERS)]
        yield kind, _caller(kind, seed * 1_000_003 + number)


def _caller(kind: str, seed: int) -> CallSpec:
    dice = random.Random(seed)  # noqa: S311  # not used for secrets
    turns = [_turn(kind, dice) for _ in range(dice.randint(2, 5))]
    if kind == "silent":
        turns = turns[:1]
    if kind == "noisy":
        noises = [TurnSpec(dice.choice(("cough", "backchannel", "talker")), dice.uniform(1, 4)) for _ in turns]
        turns = [one for pair in zip(turns, noises, strict=True) for one in pair]
    return CallSpec(seed=seed, turns=tuple(turns))


def _turn(kind: str, dice: random.Random) -> TurnSpec:
    low, high = {"interrupting": (0.6, 3.0), "silent": (20.0, 40.0), "slow": (12.0, 30.0)}.get(kind, (7.0, 12.0))
    return TurnSpec(
        after=round(dice.uniform(low, high), 1), answer=dice.choice(_ANSWERS), thinks=dice.choice((0.3, 0.8))
    )
