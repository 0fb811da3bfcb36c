"""The running tools that an answer waits for."""

import math

from offhook.core.facts import AgentHandoff, Fact, ToolEnded, ToolReleased, ToolStarted

__all__ = ["RunningTools"]


class RunningTools:
    """The running tools by their ids, each with the time at which the caller began to wait for the tool.

    A tool that opens an `AgentTask` waits for the caller, so the tool counts as suspended until the task ends. A tool
    that reported progress runs in the background and is no longer awaited.
    """

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._suspended: dict[str, int] = {}
        self._earlier: set[str] = set()
        self.depth = 0

    def __bool__(self) -> bool:
        return bool(self._since)

    @property
    def current(self) -> bool:
        """True while a tool that was started in this turn runs."""
        return not self._since.keys() <= self._earlier

    def new_turn(self) -> None:
        """Start a new turn: running tools now belong to an earlier turn. Suspended tools count for the new turn as
        soon as they resume.
        """
        self._earlier = set(self._since)

    def take(self, fact: Fact, now: float) -> bool:
        """Handle a fact. Return True if the fact ends the last tool that was awaited."""
        match fact:
            case ToolStarted(id=tool):
                self._since[tool] = now
            case ToolEnded(id=tool) | ToolReleased(id=tool):
                self._suspended.pop(tool, None)
                return self._since.pop(tool, None) is not None and not self._since
            case AgentHandoff(depth=depth):
                self._hand_over(depth, now)
        return False

    def _hand_over(self, depth: int, now: float) -> None:
        if depth > self.depth:
            self._suspended |= dict.fromkeys(self._since, depth)
            self._since.clear()
        else:
            resumed = [tool for tool, level in self._suspended.items() if level > depth]
            for tool in resumed:
                del self._suspended[tool]
                self._since[tool] = now
        self.depth = depth

    def due(self, seconds: float, *, heard_at: float) -> float:
        """Return the time at which the caller will have waited `seconds` for the oldest tool.

        The waiting does not begin before `heard_at`, the end of the last playout.
        """
        return max(min(self._since.values(), default=math.inf), heard_at) + seconds

    def abandon(self) -> None:
        """Stop waiting for all running tools."""
        self._since.clear()
