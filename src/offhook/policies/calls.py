"""Counts the model's calls of tools, and says which is one too many; arguments are compared and never told."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from offhook.core.facts import AgentTurned, Fact, Said, ToolStarted
from offhook.core.stall import DeadAir

__all__ = ["Calls", "Work", "too_many", "what"]

EXEMPT = frozenset({"end_call"})
"""A model that has called too much may still hang up."""
LOOP = 3
"""So many calls of tools in one turn that end in silence are no answer; LiveKit lets a model go round so often."""


def what(name: str, arguments: str) -> str:
    """The same for the same function with the same arguments, in whatever order they were given."""
    with suppress(ValueError):  # what cannot be read is compared as it is
        arguments = json.dumps(json.loads(arguments or "{}"), sort_keys=True)
    return f"{name} {arguments}"


class Calls:
    """What was called in this turn, and how much in the whole call."""

    def __init__(self) -> None:
        self.turn: Counter[str] = Counter()
        self.call = 0
        self._spoke = False

    def notice(self, fact: Fact) -> None:
        match fact:
            case ToolStarted(name=name, arguments=arguments):
                self.turn[what(name, arguments)] += 1
                self.call += 1
            case AgentTurned(state="speaking"):
                self._spoke = True
            case Said(role="user"):
                self.turn.clear()
            case AgentTurned(state="listening") if self._spoke:
                # It has answered: what it does next, unasked, is another turn.
                self._spoke = False
                self.turn.clear()


def too_many(name: str, arguments: str, plan: DeadAir, *, turn: Mapping[str, int], call: int) -> str:
    """Why one more call of this would be too many; "" when it is not."""
    if name in EXEMPT:
        return ""
    if turn.get(what(name, arguments), 0) >= plan.same - 1:
        return f"the same call as {plan.same - 1} before it in this turn"
    if sum(turn.values()) >= plan.tools_in_turn:
        return f"{plan.tools_in_turn} calls of tools in one turn are enough"
    return f"{plan.tools_in_call} calls of tools in one call are enough" if call >= plan.tools_in_call else ""


class Work:
    """The tools that work now."""

    def __init__(self) -> None:
        self._running: dict[str, float] = {}
        self._calls = Calls()
        self.hung = False  # one was given up; until it has ended LiveKit goes on thinking
        self.in_turn = 0

    def __bool__(self) -> bool:
        return bool(self._running)

    @property
    def looping(self) -> bool:
        """Whether the tools of this turn are too many to be followed by nothing."""
        return self.in_turn > LOOP

    def notice(self, fact: Fact) -> None:
        self._calls.notice(fact)

    def started(self, tool: ToolStarted, plan: DeadAir, now: float) -> str:
        """Keep it; why it is one too many, though it runs: a Realtime model cannot be kept from it."""
        turn, call = self._calls.turn.copy(), self._calls.call
        self._running[tool.id] = now
        self.in_turn += 1
        return too_many(tool.name, tool.arguments, plan, turn=turn, call=call)

    def ended(self, tool: str) -> bool:
        """Whether that was the last one of those that the caller waits for."""
        return self._running.pop(tool, None) is not None and not self._running

    def refused(self) -> None:
        """The model was kept from calling one: from here on it owes words."""
        self.in_turn = LOOP + 1

    def due(self, plan: DeadAir) -> float:
        return min(self._running.values(), default=math.inf) + plan.tool

    def let_go(self) -> None:
        self._running.clear()
        self.hung = True
