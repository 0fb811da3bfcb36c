"""An `ask` step whose tool opens an `AgentTask` that talks with the caller."""

from offhook.core.facts import AgentHandoff, Fact, KeyPressed, LinePlayed, MessageCommitted, ToolEnded, ToolStarted
from offhook.core.steps import Step

__all__ = ["OpenedTask"]


class OpenedTask:
    """Stores the step while the opened task talks with the caller, so that the step is not taken again in that time."""

    def __init__(self) -> None:
        self.step: Step | None = None
        self._asked: Step | None = None
        self._tools: set[str] = set()

    def begin(self, step: Step) -> None:
        """Handle the start of an `ask` step: its tools may open a task."""
        if self.step is None:
            self._asked = step
            self._tools.clear()

    def notice(self, fact: Fact) -> None:
        """Handle a fact about the tools of the step. While a tool of the step runs, the step does not end when a line
        has been played, or when the caller speaks or presses keys.
        """
        match fact:
            case ToolStarted(id=tool) if self._asked is not None:
                self._tools.add(tool)
            case AgentHandoff() if self._tools:
                self.step = self._asked
            case ToolEnded(id=tool):
                self._tools.discard(tool)
                self.step = self.step if self._tools else None
            case LinePlayed(tag="silence") | MessageCommitted(role="user") | KeyPressed() if not self._tools:
                self._asked = None
