"""Finds the time from which silence counts: the time from which the caller is expected to speak.

Silence counts from the last of these events: the end of the agent's answer to the caller's words or keys, the moment
when the caller connects, a tool's result, a handoff, a step of the ladder. A running tool, a thinking or speaking
agent, a pause, and a phone without packets (it may be on hold) delay the count. The length of each delay is limited
(`Caps`). While the agent is quiet, silence does not count. Unprompted speech of the agent's code delays a step, but
does not restart the count.
"""

from collections.abc import Iterator

from offhook.core.facts import (
    ActionDone,
    AgentHandoff,
    AgentStateChanged,
    CallerFound,
    CallerStatus,
    Fact,
    LinePlayed,
    MediaLost,
    MediaRestored,
    PauseChanged,
    SpeechNotPlayed,
    ToolEnded,
    ToolStarted,
    TtsStalled,
)
from offhook.core.ladder import Caps
from offhook.policies.silence.agent_speech import AgentSpeech

__all__ = ["SilenceClock"]


class SilenceClock:
    """Silence counts from `since`. `by` says in words what happened at that time.

    While something delays the count, `since` is in the future. While silence does not count, `since` is None, for
    example before the caller is connected, and while the agent is quiet.
    """

    def __init__(self) -> None:
        self.caps = Caps()
        self.since: float | None = None
        self.by = ""
        self._active = self._phone = False
        self._agent = AgentSpeech()
        self._tools: dict[str, float] = {}
        self._pauses: dict[str, float] = {}
        self._quiet = False

    def due(self, after: float) -> float | None:
        """Return the time at which silence has lasted `after` seconds, or a later time if unprompted speech delays the
        step.
        """
        if self.since is None:
            return None
        due = self.since + after
        return max(due, min(self._agent.held_until, due + self.caps.speaking))

    def count(self, by: str, *, since: float) -> None:
        """Count from `since`. If something still delays the count, count from the time at which this delay reaches its
        maximum length.
        """
        if not self._active or self._quiet or self._agent.state in ("initializing", "idle"):
            self.since = None
            return
        until, why = max(self._busy(), default=(since, by))
        self.arm(*((why, until) if until > since else (by, since)))

    def _busy(self) -> Iterator[tuple[float, str]]:
        """For each delay (pauses, tools, the agent's state), yield the time at which it reaches its maximum length, and
        a text about this time.
        """
        if self._pauses:
            why = f"the pause ({', '.join(sorted(self._pauses))}) should have ended"
            yield max(self._pauses.values()) + self.caps.paused, why
        if self._tools:
            yield max(self._tools.values()) + self.caps.tool, "the tool should have ended"
        if self._agent.unprompted:
            return
        if self._agent.state == "speaking":
            yield self._agent.since + self.caps.speaking, "the agent should have finished"
        # While a tool runs, LiveKit keeps the agent in the state `thinking`, although no answer is being made.
        if self._agent.state == "thinking" and (self._agent.expected or not self._tools):
            yield self._agent.since + self.caps.thinking, "the agent should have answered"

    def arm(self, by: str, since: float) -> None:
        """Count from `since`, even if something would delay the count."""
        self.since, self.by = since, by

    def pause(self, now: float, *, quiet: bool) -> None:
        """While the agent is quiet, stop counting. When the agent is no longer quiet, count from now."""
        self._quiet = quiet
        self.expect()
        self.count("the agent was no longer quiet", since=now)

    def expect(self) -> None:
        """Treat the agent's next speech as a part of the conversation, not as unprompted."""
        self._agent.expected = True

    def wait_for(self, what: str, *, since: float) -> None:
        """Handle the start of a step: count from the time at which the step's line or action should have ended."""
        self.expect()
        self.arm(f"{what} should have ended", since + self.caps.thinking)

    def step_over(self, by: str, now: float) -> None:
        """Handle the end of a step's line or action. If silence does not count yet, for example because the announcer
        played the line instead of the session, silence counts from now.
        """
        if self.since is None or self.since > now:
            self.count(by, since=now)
        else:
            self._on_line_ended()

    def _on_line_ended(self) -> None:
        """Handle the end of a line that a policy requested. The agent's last speech was this line, so silence counts
        from the end of that speech.
        """
        if self.since is not None and self.since < self._agent.spoke_until:
            self.count("the agent stopped speaking", since=self._agent.spoke_until)

    def notice(self, fact: Fact, now: float) -> bool:
        """Handle a fact; return True if the fact may have changed the count."""
        self._phone = fact.phone if isinstance(fact, CallerFound) else self._phone
        match fact:
            case AgentStateChanged():
                self._on_agent_state(fact)
                return True
            case LinePlayed():
                self._on_line_ended()
            case ActionDone(tag="tool", error=""):
                self._tools.clear()  # the tool was abandoned, and the model tells this to the caller
                self.expect()
            case ActionDone() | SpeechNotPlayed() | TtsStalled():
                self.expect()  # an answer is retried, or speech that was not played is repeated
            case _ if by := self._restart(fact, now):
                self.expect()
                self.count(by, since=now)
                return True
        return False

    def _restart(self, fact: Fact, now: float) -> str:
        """Handle a fact. If silence is counted anew from this fact, return a text that names the event. Otherwise
        return "".
        """
        match fact:
            case AgentHandoff():
                self._tools.clear()  # a tool that opened an `AgentTask` now waits for the caller
                return "the handoff"
            case ToolStarted(id=tool):
                self._tools[tool] = now
                return "the tool started"
            case ToolEnded(id=tool):
                self._tools.pop(tool, None)
                self._agent.tool_ended(now)
                return "the tool ended"
            case PauseChanged() | MediaLost() | MediaRestored() if cause := self._pause_of(fact):
                self._pauses.pop(cause, None)
                paused = isinstance(fact, MediaLost) or (isinstance(fact, PauseChanged) and fact.paused)
                self._pauses |= {cause: now} if paused else {}
                return f"the pause ({cause}) ended"
            case CallerFound(active=True) | CallerStatus(status="active") if not self._active:
                self._active = True
                return "the caller connected"
        return ""

    def _pause_of(self, fact: PauseChanged | MediaLost | MediaRestored) -> str:
        """Return the name of the pause that begins or ends, or "" if the fact is about no pause. The name "media" means
        that a phone sends no packets; it may be on hold.
        """
        if isinstance(fact, PauseChanged):
            return fact.why
        return "media" if fact.side == "caller" and self._phone else ""

    def _on_agent_state(self, change: AgentStateChanged) -> None:
        tool_runs = any(change.since < began + self.caps.tool for began in self._tools.values())
        if self._agent.take(change, self.caps, tool_runs=tool_runs):
            self.count("the agent stopped speaking", since=change.since)
