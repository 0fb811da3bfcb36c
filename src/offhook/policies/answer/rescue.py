"""Decisions for a caller who waits for an answer: play a filler, retry the answer, ask the caller to repeat, end the
call.

`pending.py` follows the progress of the answer; this module decides what happens when a time limit is reached or the
answer fails.
"""

import math
from collections.abc import Sequence

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import (
    AbandonAnswer,
    AbandonTurnCode,
    Decision,
    EndCall,
    RetryAnswer,
    RetryCause,
    Say,
    StopLine,
)
from offhook.policies.answer.states import Event, Owes
from offhook.policies.answer.turn import OpenTurn

__all__ = ["BY", "TAG", "Rescue"]

BY = "answer"
TAG = "filler"


class Rescue:
    """Makes these decisions for one turn of the caller at a time, and counts the failed turns in a row."""

    def __init__(self, turn: OpenTurn) -> None:
        self._turn = turn
        self._failed_turns = 0
        self._filler_plays = False
        self._apology = ""  # this text is played when the abandoned answer has ended

    def answered(self) -> None:
        """Close the turn, because it was answered."""
        self._failed_turns = 0
        self._turn.stop()

    def begin(self) -> None:
        """Start a new turn; an apology for the last turn is not played any more."""
        self._apology = ""

    def say(self, text: str, why: str) -> Sequence[Decision]:
        self._filler_plays = True
        return [Say(text, tag=TAG, out_of_band=True, why=why)]

    def stop_filler(self, why: str) -> Sequence[Decision]:
        plays, self._filler_plays = self._filler_plays, False
        return [StopLine(TAG, why=why)] if plays else ()

    def filler_played(self, plan: DeadAir, now: float) -> None:
        self._filler_plays = False
        if self._turn.waiting:
            self._turn.budget.filler_at = now + (
                plan.tool_filler_interval if self._turn.bounded else plan.filler_interval
            )

    def abandon_and_say(self, text: str, why: str) -> Sequence[Decision]:
        """Abandon the answer to this turn. When this answer has ended, play `text`, which asks the caller to repeat."""
        self._turn.stop()
        self._turn.speeches.abandon()
        self._apology = text
        return [AbandonAnswer(why=why)]

    def retry_or_give_up(self, plan: DeadAir, now: float) -> Sequence[Decision]:
        """Retry a failed answer at once. If the retry has failed too, give up the turn."""
        turn = self._turn
        if turn.attempt.retried:
            return self.give_up(plan, f"the retry failed too{turn.attempt.cause_text()}")
        if not turn.waiting:
            turn.budget.start(plan, since=now)
        turn.budget.retry_at = now
        return ()

    def give_up(self, plan: DeadAir, why: str) -> Sequence[Decision]:
        """Give up the turn and ask the caller to repeat. If the previous turn failed too, end the call instead."""
        self._turn.stop()
        self._failed_turns += 1
        return [EndCall("error", by=BY, why=why)] if self._failed_turns > 1 else self.say(plan.retry_failed_text, why)

    def tick(self, plan: DeadAir, now: float) -> Sequence[Decision]:
        turn = self._turn
        if not turn.waiting or now < turn.held_until:
            return ()
        waited = f"no answer {turn.budget.describe(now)}: waiting for {turn.owes.value}{turn.attempt.cause_text()}"
        if now >= turn.budget.give_up_at(bounded=turn.bounded):
            turn.stop()
            return [EndCall("error", by=BY, why=waited)]
        if now >= turn.work_due(plan):
            return self._work_late(plan, now)
        if now >= turn.budget.retry_at:
            return self._retry(plan, now, waited)
        if now >= turn.budget.filler_at:
            return self.say(turn.budget.next_filler(plan), waited)
        return ()

    def retry_without_tools(self, why: str, now: float) -> Sequence[Decision]:
        """Retry without tools, because tool calls are over a limit. Do nothing if this answer is already the retry."""
        return () if self._turn.attempt.retried else self._abandon("loop", why, now)

    def on_abandoned(self, tag: str) -> Sequence[Decision]:
        """Handle the end of the abandoned answer: the retry runs, or the caller is asked to repeat."""
        self._turn.attempt.ready()
        self._turn.take(Event.RETRY_READY, 0.0)
        text, self._apology = self._apology, ""
        if tag not in ("abandon", "turn_code") or not text:
            return ()
        return [Say(text, tag="no_match", why="the answer was abandoned")]

    def hedged(self) -> None:
        """Handle the start of a second request to the model; the first request is not cancelled."""
        self._turn.attempt.hedged()
        self._turn.speeches.keep()
        self._turn.take(Event.RETRY_READY, 0.0)

    def _retry(self, plan: DeadAir, now: float, why: str) -> Sequence[Decision]:
        turn = self._turn
        turn.budget.retry_at = math.inf
        if turn.bounded:
            return ()
        if turn.attempt.retried:
            return self.retry_or_give_up(plan, now)
        return self._abandon("loop" if turn.tool_calls and not turn.played else "retry", why, now)

    def _abandon(self, tag: RetryCause, why: str, now: float) -> Sequence[Decision]:
        self._turn.attempt.retry()
        self._turn.played = False
        self._turn.speeches.abandon()
        self._turn.take(Event.RETRIED, now)
        return [RetryAnswer(tag, why=why)]

    def _work_late(self, plan: DeadAir, now: float) -> Sequence[Decision]:
        """Stop waiting for a tool, or a method of the agent, that took too long."""
        turn, owes = self._turn, self._turn.owes
        why = f"{owes.value} has run for {plan.tool:g} s while the caller waits"
        turn.tools.abandon()
        if owes is not Owes.TURN_CODE:
            turn.budget.start(plan, since=now)
            turn.budget.retry_at = math.inf
            return self._abandon("entry_code" if owes is Owes.ENTRY_CODE else "tool", why, now)
        turn.stop()
        self._failed_turns += 1
        if self._failed_turns > 1:
            return [EndCall("error", by=BY, why=why)]
        self._apology = plan.retry_failed_text
        return [AbandonTurnCode(why=why)]
