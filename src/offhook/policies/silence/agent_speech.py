"""The agent's state, and whether its speech belongs to the conversation or is unprompted.

Speech is unprompted if the agent's code starts it while the caller does not wait for an answer.
"""

import math

from offhook.core.facts import AgentStateChanged
from offhook.core.ladder import Caps

__all__ = ["AgentSpeech"]

PAUSE_AFTER_LINE = 2.0
"""A speech that starts within this many seconds after another speech counts as a part of that other speech.

For this many seconds after an unprompted speech, no step of the ladder is taken, so that the caller can answer.
"""


class AgentSpeech:
    """Follows the states of the agent. Unprompted speech delays the next step of the ladder until `held_until`."""

    def __init__(self) -> None:
        self.state = "initializing"
        self.since = 0.0
        self.expected = True  # the agent's next speech belongs to the conversation
        self.unprompted = False  # the current speech is unprompted
        self.spoke_until = -math.inf
        self.held_until = -math.inf
        self._last_unprompted = False  # the last speech was unprompted
        self._speech = ""
        self._turn_since = -math.inf

    def take(self, change: AgentStateChanged, caps: Caps, *, tool_runs: bool) -> bool:
        """Handle a change of the agent's state. Return False if the change belongs to unprompted speech. Otherwise
        return True: silence is now counted from a new time.
        """
        before, unprompted = self.state, self.unprompted
        self.state, self.since = change.state, change.since
        if before == "speaking":
            self.spoke_until, self._last_unprompted = change.since, unprompted
            self.expected = self.expected and unprompted
        busy = change.state in ("speaking", "thinking")
        self.unprompted = busy and self._is_unprompted(change, caps, tool_runs=tool_runs)
        if self.unprompted:
            self.held_until = change.since + (caps.speaking if change.state == "speaking" else caps.thinking)
            return False
        if unprompted and (not busy or (not change.speech and not self.expected)):
            self.held_until = self.spoke_until + PAUSE_AFTER_LINE
            return False
        if unprompted:  # the unprompted speech is over; only the pause after this speech still delays a step
            self.held_until = min(self.held_until, self.spoke_until + PAUSE_AFTER_LINE)
        return True

    def tool_ended(self, now: float) -> None:
        """Handle the end of a tool. In the state `thinking`, the time limit for the agent's answer counts from now."""
        if self.state == "thinking":
            self.since = max(self.since, now)

    def _is_unprompted(self, change: AgentStateChanged, caps: Caps, *, tool_runs: bool) -> bool:
        """True if the agent's code started this speech, and the caller is not waiting for the speech."""
        related_until = min(self.spoke_until + PAUSE_AFTER_LINE, self._turn_since + caps.speaking)
        if not change.speech or self.expected or tool_runs or change.speech == self._speech:
            self._turn_since = change.since
        elif self._last_unprompted or change.since > related_until:
            return True
        self._speech = change.speech
        return False
