"""One turn of the caller: its state, how long the caller has waited, and the attempts to answer."""

import math
from collections.abc import Mapping

from offhook.core.dead_air import DeadAir
from offhook.policies.answer.attempt import AnswerAttempt
from offhook.policies.answer.budget import GRACE, HOLD, AnswerBudget
from offhook.policies.answer.running import RunningTools
from offhook.policies.answer.speeches import Speeches
from offhook.policies.answer.states import AnswerState, Event, Owes

__all__ = ["BOUNDED", "CODE", "OpenTurn"]

CODE: Mapping[Owes, str] = {Owes.TURN_CODE: "turn_code", Owes.ENTRY_CODE: "entry_code"}
BOUNDED = (Owes.TOOL, *CODE)
"""In these states, `DeadAir.tool` is the time limit for the running tool or code."""


class OpenTurn:
    """The turn that is still open: its current state (see `states.py`), its times and its speeches."""

    def __init__(self) -> None:
        self._state = AnswerState()
        self._owed_since = -math.inf
        self.budget = AnswerBudget()
        self.attempt = AnswerAttempt()
        self.tools = RunningTools()
        self.speeches = Speeches()
        self.tool_calls = 0
        self.played = False
        self.code_runs = False
        self.declined = False
        self.speaking = False
        self.unfinished = False  # a speech of the agent has started and not ended: it is played, or paused by a sound
        self._holders: set[str] = set()
        self._held_since: float | None = None
        self._hold = HOLD
        self.spoke_from = self.heard_at = -math.inf

    @property
    def owes(self) -> Owes:
        return self._state.owes

    @property
    def owed(self) -> bool:
        return self._state.owed

    @property
    def free(self) -> bool:
        """True while no speech of the agent is played, paused or awaited."""
        return not self.unfinished and not self.speeches.answering and self.owes is Owes.NOBODY

    @property
    def bounded(self) -> bool:
        return self.owes in BOUNDED

    @property
    def waiting(self) -> bool:
        return self.budget.since is not None

    def take(self, event: Event, now: float) -> bool:
        """Apply one event; return False if the table has no transition for the event."""
        before = self.owes
        taken = self._state.take(event)
        if taken and self.owes is not before:
            self._owed_since = now
        return taken

    def begin(self) -> None:
        """Reset the state for a new turn: no attempt was made, and nothing was played."""
        self.attempt.reset()
        self.tool_calls, self.played, self.declined, self._hold = 0, False, False, HOLD

    def begin_next(self) -> None:
        """Start a new turn; tools and speeches that still run now belong to an earlier turn."""
        self.begin()
        self.tools.new_turn()
        self.speeches.new_turn()

    def wait_on(self, plan: DeadAir, now: float) -> None:
        """Start to wait for an answer that is being made, or that continues after a first speech.

        If this turn has already been answered, do not wait for the tools and speeches of an earlier turn, because
        LiveKit may never play their results.
        """
        if self.played and not (self.tools.current or self.speeches.current):
            return
        if self.waiting or self.declined or not (self.tools or self.speeches.answering):
            return
        if self.owes is Owes.NOBODY:
            self.begin()
        self.take(Event.REPLY_STARTED, now)
        if self.tools:
            self.take(Event.TOOL_STARTED, now)
        self.budget.start(plan, since=now)

    def carry(self, plan: DeadAir, now: float) -> None:
        """Start to wait, because the caller's words before a handoff have no answer yet. The next agent starts now."""
        if not self.waiting and self.owes is Owes.NOBODY:
            self.begin()
            self.take(Event.REPLY_STARTED, now)
            self.take(Event.HANDOFF, now)
            self.budget.start(plan, since=now)

    def decline(self, now: float) -> None:
        """Stop waiting, because the agent's code declined the turn."""
        if self.take(Event.DECLINED, now):
            self.declined = True
            self.budget.stop()

    def stop(self) -> None:
        """Close the turn, because no answer to this turn is awaited any more."""
        self._state.take(Event.GIVEN_UP)
        self.budget.stop()
        self.attempt.reset()
        self.tool_calls = 0

    @property
    def held_until(self) -> float:
        """The time until which fillers, retries and the end of the call are delayed; minus infinity without a delay.

        The cause is a sound on the caller's side, or a pause of the agent because of a sound.
        """
        return -math.inf if self._held_since is None else self._held_since + self._hold

    def hold(self, by: str, now: float, *, on: bool, grace: float = GRACE) -> None:
        """Start (`on`) or end a delay of fillers, retries and the end of the call. The next filler or retry follows at
        least `grace` seconds after the delay, while the delays of the turn total less than `HOLD`.

        `by` is the cause: a sound on the caller's side, or a pause of the agent because of a sound.
        """
        (self._holders.add if on else self._holders.discard)(by)
        if self._holders:
            self._held_since = now if self._held_since is None else self._held_since
        elif self._held_since is not None:
            self._hold = max(0.0, self._hold - (now - self._held_since) - grace)
            self._held_since = None
            if self._hold:
                self.budget.sound_ended(now, grace)

    def due(self, plan: DeadAir) -> float:
        """Return the time at which the next decision is due, or infinity while no answer is awaited."""
        if not self.waiting:
            return math.inf
        return max(min(self.budget.due(bounded=self.bounded), self.work_due(plan)), self.held_until)

    def work_due(self, plan: DeadAir) -> float:
        """Return the deadline of the running tool or agent method, or infinity if none runs."""
        match self.owes:
            case Owes.TOOL:
                return self.tools.due(plan.tool, heard_at=self.heard_at)
            case Owes.TURN_CODE | Owes.ENTRY_CODE:
                return self._owed_since + plan.tool
        return math.inf
