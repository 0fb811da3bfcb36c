"""The end of a turn: decides whether the turn was answered, was declined, has failed, or continues."""

from collections.abc import Sequence

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import Decision
from offhook.core.facts import AgentCodeEnded, SpeechEnded
from offhook.policies.answer.budget import UNCOMMITTED
from offhook.policies.answer.rescue import Rescue
from offhook.policies.answer.states import Event, Owes
from offhook.policies.answer.turn import OpenTurn

__all__ = ["LOOP", "TurnEnd"]

LOOP = 3
"""If a turn had more tool calls than this and ends without speech of the agent, the answer counts as failed.

LiveKit's own limit (`max_tool_steps`) is also 3.
"""
OVER = (Owes.NOBODY, Owes.TURN_CODE, Owes.ENTRY_CODE, Owes.RETRY)
"""In these states the end of a speech changes nothing."""


class TurnEnd:
    """Decides what happens with the open turn when a speech, or a method of the agent, has ended."""

    def __init__(self, turn: OpenTurn, rescue: Rescue) -> None:
        self._turn = turn
        self._rescue = rescue

    def code_ended(self, fact: AgentCodeEnded, plan: DeadAir, now: float) -> Sequence[Decision]:
        """Handle the end of a method of the agent."""
        turn, own_turn = self._turn, fact.name != "on_enter"
        returned = Event.CODE_RETURNED if own_turn else Event.ENTERED
        turn.code_runs = turn.code_runs and not own_turn
        match fact.status:
            case "declined":
                turn.decline(now)
            case "done":
                if turn.take(returned, now):
                    turn.budget.restart_for_model(plan, now)
                    # A speech was played before the handoff, so the turn may be complete without another answer.
                    return self.settle(plan, now) if turn.played and not own_turn else ()
            case "error" if turn.owed:
                why = f"{fact.name} raised {fact.error}"
                if own_turn:
                    return self._rescue.give_up(plan, why)
                turn.take(returned, now)
                turn.attempt.failed = turn.attempt.failed or why
                return self._rescue.retry_or_give_up(plan, now)
        return ()

    def speech_ended(self, ended: SpeechEnded, plan: DeadAir, now: float) -> Sequence[Decision]:
        """Handle the end of a speech, played or not."""
        turn = self._turn
        turn.unfinished = False
        counts = turn.speeches.end(ended.id)
        if not counts or turn.speaking or turn.attempt.abandoning:
            return ()
        if ended.busy and not turn.attempt.retried:
            return ()  # the model is still giving another answer, which continues
        if not turn.played and ended.handoff:
            turn.take(Event.HANDOFF, now)
        elif not turn.played and ended.interrupted == "code":
            turn.decline(now)
        elif not turn.played and ended.interrupted == "turn" and turn.waiting:
            turn.budget.start(plan, since=now + UNCOMMITTED)  # the caller's new turn replaces the old one
        elif turn.played or not ended.interrupted:
            turn.attempt.failed = turn.attempt.failed or ended.error
            return self.settle(plan, now)
        return ()

    def settle(self, plan: DeadAir, now: float) -> Sequence[Decision]:
        """Close an answered turn; retry or give up a failed answer. If code or tools still run, continue to wait."""
        turn = self._turn
        if turn.speeches.answering or turn.owes in OVER:
            return ()
        if turn.code_runs and turn.take(Event.CODE_RUNS, now):
            turn.budget.start(plan, since=now)
        elif turn.tools.current or (turn.tools and not turn.played):
            turn.wait_on(plan, now)
        elif turn.attempt.failed:
            return self._rescue.retry_or_give_up(plan, now)
        elif turn.played:
            turn.take(Event.PLAYED, now)
            self._rescue.answered()
        elif not turn.tool_calls or turn.tool_calls > LOOP:
            turn.attempt.failed = "empty answer"
            return self._rescue.retry_or_give_up(plan, now)
        return ()  # after a few tool calls, an answer may still follow; if no answer comes, the retry becomes due
