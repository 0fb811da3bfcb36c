"""The goodbye of one ending: whether the caller can stop it, and when it is played without further waiting."""

from offhook.core.decisions import Say
from offhook.core.ending import Ending
from offhook.core.facts import AgentStateChanged, CallerStateChanged, EndRequested
from offhook.policies.end_requests import can_be_cancelled, goodbye_of

__all__ = ["GOODBYE_WAIT", "TAG", "Goodbye"]

TAG = "goodbye"
GOODBYE_WAIT = 3.0
"""After this many seconds, a goodbye that waits for silence or for an answer is played at once and uninterruptibly.

Without this limit, the goodbye might never start: during noise, LiveKit does not start interruptible speech. The
goodbye may also wait for an answer that the model never finishes.
"""


class Goodbye:
    """The current goodbye. `until` is the time at which the goodbye times out. If the goodbye is `interruptible`, the
    caller's words stop it.
    """

    def __init__(self) -> None:
        self.until = 0.0
        self.interruptible = False
        self._waits_for_answer = False
        self._noisy = False
        self._speaking = False
        self._thinking = False

    def notice(self, fact: CallerStateChanged | AgentStateChanged) -> None:
        """Handle a fact about the state of the caller or of the agent."""
        if isinstance(fact, CallerStateChanged):
            self._noisy = fact.state == "speaking"
        else:
            self._speaking, self._thinking = fact.state == "speaking", fact.state == "thinking"

    @property
    def awaits_model(self) -> bool:
        """True while the goodbye waits for an answer that the model has not finished."""
        return self._waits_for_answer and self._thinking

    def soon(self, now: float) -> float:
        """Return the next time at which to check whether the goodbye has started."""
        return min(self.until, now + GOODBYE_WAIT)

    def start(self, request: EndRequested, how: Ending, now: float) -> tuple[Say, float]:
        """Return the decision to play the goodbye of this request, and the next deadline."""
        self.until = now + how.timeout
        self.interruptible = can_be_cancelled(request, how)
        self._waits_for_answer = wait = request.reason == "agent_ended"
        deadline = self.soon(now) if self.interruptible or self.awaits_model else self.until
        text, why = goodbye_of(request, how), f"{request.reason} by {request.by}"
        return Say(text, tag=TAG, interruptible=self.interruptible, skip_if_goodbye_said=wait, why=why), deadline

    def play_now(self, request: EndRequested, how: Ending, now: float) -> tuple[Say | None, float]:
        """If noise or an unfinished answer keeps the goodbye from starting, return the goodbye as an uninterruptible
        line, otherwise None.

        The second value is the next deadline.
        """
        hung = self.awaits_model
        if not hung and not (self.interruptible and self._noisy and not self._speaking):
            return None, self.soon(now) if self.interruptible else self.until
        self.interruptible = self._waits_for_answer = False
        cause = "the model has not finished" if hung else "there is sound on the caller's side"
        text, why = goodbye_of(request, how), f"{cause}; the goodbye is played now"
        return Say(text, tag=TAG, interruptible=False, why=why), self.until
