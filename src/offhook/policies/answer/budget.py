"""How long the caller has waited for an answer, and when a filler, a retry or the end of the call is due."""

import math

from offhook.core.dead_air import DeadAir

__all__ = ["ENDPOINTING", "GRACE", "HOLD", "MANUAL_GRACE", "UNCOMMITTED", "AnswerBudget"]

ENDPOINTING = 1.3
"""At most this many seconds of the endpointing delay count as waiting time of the caller.

A longer delay is the agent's own setting. With LiveKit's turn detector, endpointing takes up to 2.5 s; even then the
caller hears the filler within 5 s.
"""
UNCOMMITTED = 6.0
"""Within this many seconds after the caller's words, the turn is complete, even if the endpointing delays are long."""
HOLD = 6.0
"""Sound on the caller's side delays fillers, retries and the end of the call for at most this many seconds in a turn.

The delay is needed, because LiveKit starts no answer while the caller speaks, and offhook does not speak over the
caller.
"""
GRACE = 0.7
"""LiveKit holds an answer back during a sound on the caller's side. The answer starts at most this many seconds after
the sound.
"""
MANUAL_GRACE = 2.5
"""Used instead of `GRACE` if the agent's own code ends the caller's turns, for example with push-to-talk.

The sound on the caller's side may be the next turn, and LiveKit's `commit_user_turn` waits up to 2 s for the
transcript.
"""


class AnswerBudget:
    """`since` is when the caller started to wait; None if no answer is awaited. `filler_at` and `retry_at` are
    deadlines.
    """

    def __init__(self) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop counting: the answer is being played, or no answer is awaited."""
        self.since: float | None = None
        self.filler_at = self.retry_at = self._end_at = math.inf
        self._fillers = 0

    def start(self, plan: DeadAir, *, since: float) -> None:
        """Start to count the caller's waiting time from `since`."""
        self.since, self._fillers = since, 0
        self.filler_at, self.retry_at, self._end_at = since + plan.filler, since + plan.retry, since + plan.give_up

    def start_uncommitted(self, plan: DeadAir, now: float, *, since: float | None) -> None:
        """Start to count the waiting time after a transcript, before LiveKit reports that the turn is complete.

        LiveKit 1.8.9 holds the turn back for up to 5 s while a tool of an interrupted answer runs. Therefore the time
        limits count from `UNCOMMITTED` seconds after `now`. If `since` is given, the filler counts from `since`, but at
        the earliest from `ENDPOINTING` seconds before `now`.
        """
        self.start(plan, since=now + UNCOMMITTED)
        if since is not None:
            self.since = max(since, now - ENDPOINTING)
            self.filler_at = self.since + plan.filler

    def restart_for_model(self, plan: DeadAir, now: float) -> None:
        """Start the time limits of the model again, because a tool or the agent's own code has ended. The filler is not
        postponed. If the caller's next turn is not complete yet, the limits start when the turn is complete.
        """
        if self.since is not None:
            start = max(now, self.since)
            self.filler_at = min(self.filler_at, start + plan.filler)
            self.retry_at, self._end_at = start + plan.retry, start + plan.give_up

    def sound_ended(self, now: float, grace: float) -> None:
        """Handle the end of sound on the caller's side.

        For `grace` seconds, no filler and no retry is due, because the answer that LiveKit held back may start.
        """
        self.filler_at, self.retry_at = max(self.filler_at, now + grace), max(self.retry_at, now + grace)

    def progress(self, plan: DeadAir, now: float) -> None:
        """Postpone the retry and the end of the call, because the LLM streams output. If the stream pauses, the retry
        and the end become due.
        """
        if self.since is not None:
            self.retry_at = max(self.retry_at, now + plan.retry - plan.filler)
            self._end_at = max(self._end_at, now + plan.give_up - plan.filler)

    def written(self, plan: DeadAir, now: float) -> None:
        """Apply the original limits again, because the text of the answer is complete and only the TTS is awaited."""
        if self.since is not None:
            if self.retry_at < math.inf:  # infinity: the retry was already made
                self.retry_at = min(self.retry_at, max(self.since + plan.retry, now + plan.filler))
            self._end_at = min(self._end_at, max(self.since + plan.give_up, now + plan.filler))

    def give_up_at(self, *, bounded: bool) -> float:
        """Return the time at which the call ends if no answer comes.

        If `bounded`, return infinity, because a tool or the agent's own code runs and has its own time limit.
        """
        return math.inf if bounded else self._end_at

    def due(self, *, bounded: bool) -> float:
        return min(self.filler_at, self.retry_at, self.give_up_at(bounded=bounded))

    def next_filler(self, plan: DeadAir) -> str:
        """Return the text of the next filler. No other filler is due until this filler has been played."""
        self.filler_at = math.inf
        text = plan.fillers[min(self._fillers, len(plan.fillers) - 1)]
        self._fillers += 1
        return text

    def describe(self, now: float) -> str:
        assert self.since is not None
        return f"{now - self.since:.1f} s after the caller spoke"
