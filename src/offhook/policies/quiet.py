"""Since when it is nobody's turn but the caller's: whoever is busy is waited for, and not for ever."""

from offhook.core.facts import AgentTurned, Fact, HandedOver, PauseChanged, ToolEnded, ToolStarted
from offhook.core.ladder import Caps

__all__ = ["Quiet"]


class Quiet:
    """Silence counts from `since`; in the future while somebody is busy, None while it cannot be told yet."""

    def __init__(self) -> None:
        self.caps = Caps()
        self.since: float | None = None
        self.by = ""
        self._agent = "initializing"
        self._tools: set[str] = set()
        self._pauses: set[str] = set()

    def count(self, by: str, *, since: float) -> None:
        """Count from now on, or from when whoever is busy should be done."""
        caps = self.caps
        match self._agent:
            case "initializing" | "idle":
                self.since = None
            case _ if self._pauses:
                self.arm(f"the pause ({', '.join(sorted(self._pauses))}) should have ended", since=since + caps.paused)
            case "speaking":
                self.arm("the agent should have finished", since=since + caps.speaking)
            case _ if self._tools:
                self.arm("the tool should have ended", since=since + caps.tool)
            case "thinking":
                self.arm("the agent should have answered", since=since + caps.thinking)
            case _:
                self.arm(by, since=since)

    def arm(self, by: str, *, since: float) -> None:
        """Count from then, for this reason, whoever is busy."""
        self.since, self.by = since, by

    def wait_for(self, what: str, *, since: float) -> None:
        """Count from when something of ours should be over, unless whoever is busy may take longer."""
        self.arm(f"{what} should have been over", since=since + self.caps.thinking)

    def notice(self, fact: Fact, now: float) -> bool:
        """Take in who is busy; False when this fact tells nothing of it."""
        match fact:
            case AgentTurned(state=state, since=since):
                self._agent = state
                self.count("the agent stopped speaking", since=since)
            case HandedOver():
                self._tools.clear()  # one that awaits a task of its own waits for the caller now
                self.count("the call was handed over", since=now)
            case ToolStarted(id=tool):
                self._tools.add(tool)
                self.count("the tool started", since=now)
            case ToolEnded(id=tool):
                self._tools.discard(tool)
                self.count("the tool ended", since=now)
            case PauseChanged(why=why, paused=paused):
                (self._pauses.add if paused else self._pauses.discard)(why)
                self.count(f"the pause ({why}) ended", since=now)
            case _:
                return False
        return True
