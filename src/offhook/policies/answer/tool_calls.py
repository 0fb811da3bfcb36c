"""Counts the model's tool calls and detects tool calls over a limit. The arguments are used only to compare tool calls
with each other.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from offhook.core.dead_air import DeadAir
from offhook.core.facts import AgentStateChanged, Fact, MessageCommitted, ToolEnded, ToolStarted

__all__ = ["ToolCall", "ToolCallCounter", "call_key", "over_limit"]

EXEMPT = frozenset({"end_call"})
"""Tools that offhook never refuses, so that the model can always hang up."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call of this turn; `output` is None while the tool runs."""

    key: str
    output: str | None = None


def call_key(name: str, arguments: str) -> str:
    """Return a text that is the same for equal tool calls: the name of the tool and the sorted arguments."""
    with suppress(ValueError):  # arguments that are not JSON are compared as text
        arguments = json.dumps(json.loads(arguments or "{}"), sort_keys=True)
    return f"{name} {arguments}"


class ToolCallCounter:
    """The tool calls of this turn by their ids, and the number of tool calls since the phone or web call began."""

    def __init__(self) -> None:
        self._turn: dict[str, ToolCall] = {}
        self.call = 0
        self._spoke = False

    @property
    def turn(self) -> Mapping[str, ToolCall]:
        return self._turn

    def notice(self, fact: Fact) -> None:
        match fact:
            case ToolStarted(id=tool, name=name, arguments=arguments):
                self._turn[tool] = ToolCall(call_key(name, arguments))
                self.call += 1
            case ToolEnded(id=tool, output=output) if tool in self._turn:
                self._turn[tool] = replace(self._turn[tool], output=output)
            case AgentStateChanged(state="speaking"):
                self._spoke = True
            case MessageCommitted(role="user"):
                self._turn.clear()
            case AgentStateChanged(state="listening") if self._spoke:
                # The turn was answered, so later tool calls belong to another turn.
                self._spoke = False
                self._turn.clear()


def over_limit(name: str, arguments: str, plan: DeadAir, *, turn: Sequence[ToolCall], call: int) -> str:
    """Return why one more call of this tool is over a limit; empty if the tool call is allowed.

    A tool call counts as repeated only if earlier tool calls with the same arguments have ended with the same output.
    Parallel tool calls, and tool calls whose output changes, do not count as repeated, because they may be intended.
    """
    if name in EXEMPT:
        return ""
    key = call_key(name, arguments)
    same = [made.output for made in turn if made.key == key and made.output is not None]
    last = same[1 - plan.max_same_calls :]
    if len(last) >= plan.max_same_calls - 1 and len(set(last)) == 1:
        return f"the limit is {plan.max_same_calls - 1} calls in one turn with the same arguments and the same output"
    if len(turn) >= plan.max_calls_in_turn:
        return f"the limit is {plan.max_calls_in_turn} tool calls in one turn"
    return f"the limit is {plan.max_calls_in_call} tool calls in one call" if call >= plan.max_calls_in_call else ""
