"""The watchdog of answers: a caller who has spoken gets an answer, a filler or an apology.

If the answer is late, offhook first plays a filler, then requests the answer from the model again, and at last ends the
call with an apology. LiveKit has no watchdog of this kind: if the model never answers, LiveKit plays nothing
(livekit/agents#6171). The policy uses facts about running code, queued speeches and playout to find out for what the
caller waits. A turn that the agent's code declines gets no answer, and a quiet agent answers nothing.
"""

import math
from collections.abc import Sequence
from typing import ClassVar

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import Decision, EndCall, SwitchStt
from offhook.core.facts import (
    ActionDone,
    AgentStateChanged,
    CallerFound,
    CallerStateChanged,
    CallerStatus,
    EndCancelled,
    EndpointingChosen,
    EndRequested,
    Fact,
    LinePlayed,
    MessageCommitted,
    ModelFailed,
    PauseChanged,
    Planned,
    PlayoutPaused,
    PlayoutResumed,
    QuietChanged,
    RequestHedged,
    SpeechNotPlayed,
    Tick,
    ToolRefused,
    ToolStarted,
    TranscriptReceived,
    TransferEnded,
    TransferStarted,
    TurnCommitted,
)
from offhook.policies.answer.no_match import NoMatchDetector
from offhook.policies.answer.pending import PendingAnswer
from offhook.policies.answer.rescue import BY, TAG
from offhook.policies.answer.tool_calls import ToolCallCounter, over_limit

__all__ = ["TAG", "AnswerPolicy"]

NEXT_STT = 2
"""After this many no-matches in a row, the call switches to the next STT. A single no-match may be caused by noise."""


class AnswerPolicy:
    """Limits how long the caller waits for a transcript and for an answer."""

    name: ClassVar[str] = "answer"

    def __init__(self) -> None:
        self._plan: DeadAir | None = DeadAir()
        self._no_match = NoMatchDetector()
        self._answer = PendingAnswer()
        self._calls = ToolCallCounter()
        self._over = False
        self._ringing = False
        self._off: set[str] = set()

    @property
    def deadline(self) -> float | None:
        if self._over or self._ringing or self._off or self._plan is None:
            return None
        first = min(self._answer.turn.due(self._plan), self._no_match.due)
        return None if math.isinf(first) else first

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        match fact:
            case Planned(dead_air=plan):
                self._plan = plan
            case EndRequested():
                self._over = True
                return self._answer.rescue.stop_filler("the call is ending")
            case EndCancelled():
                self._over, self._answer = False, PendingAnswer()
            case CallerFound(active=active):
                self._ringing = not active
            case CallerStatus(status="active") if self._ringing and self._plan is not None:
                self._ringing = False
                self._answer.words(self._plan, now)  # the waiting time of the caller counts from now
                self._no_match.answering()  # earlier sound came from the ringing phone
            case PauseChanged(why="amd", paused=paused):  # no answers while a machine may be on the phone
                (self._off.add if paused else self._off.discard)("voicemail detection")
            case QuietChanged() | TransferStarted() | TransferEnded() | PauseChanged(why="keys"):
                return self._switch(fact)
            case _ if self._plan is not None and not self._over:
                return self._take(fact, self._plan, now)
        return ()

    def _switch(self, fact: QuietChanged | TransferStarted | TransferEnded | PauseChanged) -> Sequence[Decision]:
        """Switch the policy off or on; in both cases, stop waiting for the current answer."""
        match fact:
            case QuietChanged(mode=mode):
                off, why = bool(mode), "the agent is quiet"
            case PauseChanged(paused=paused):
                off, why = paused, "the caller enters keys"
            case TransferEnded(status="failed" | "unknown"):
                off, why = False, "the caller is transferred"
            case _:
                off, why = True, "the caller is transferred"
        (self._off.add if off else self._off.discard)(why)
        self._no_match.answering()
        return self._answer.close(why)

    def _tick(self, plan: DeadAir, now: float) -> Sequence[Decision]:
        if self._off or self._ringing:
            return ()
        late = now >= self._no_match.due
        return self._on_no_match(plan, now) if late else self._answer.rescue.tick(plan, now)

    def _take(self, fact: Fact, plan: DeadAir, now: float) -> Sequence[Decision]:
        """Handle a fact. While the policy is off or the phone rings, the policy follows the facts, but makes no
        decision. The policy is off, for example, while the agent is quiet and during a transfer.
        """
        if isinstance(fact, Tick):
            return self._tick(plan, now)
        decisions = [*self._caller(fact, plan, now), *self._agent(fact, plan, now)]
        self._calls.notice(fact)
        return () if self._off or self._ringing else decisions

    def _caller(self, fact: Fact, plan: DeadAir, now: float) -> Sequence[Decision]:
        match fact:
            case CallerStateChanged(state=state):
                self._answer.sound(now, on=state == "speaking", manual=fact.manual)
                self._no_match.turned(fact, plan, free=self._answer.turn.free)
            case TranscriptReceived(text=text, final=final) if text.strip():
                self._no_match.understood(text, now, final=final)
                self._answer.words(plan, now, final=final)
                return () if fact.backchannel else self._answer.talks_over()
            case EndpointingChosen(wait=wait):
                self._answer.completes(plan, now, ended=self._no_match.last_sound(now), wait=wait)
            case TurnCommitted():
                self._no_match.answering()
                self._answer.commit(fact, plan, since=now if fact.carried else self._no_match.last_sound(now), now=now)
            case PlayoutPaused() | PlayoutResumed():
                self._answer.turn.hold("a pause", now, on=isinstance(fact, PlayoutPaused))
            case MessageCommitted(role="user"):
                if self._no_match.end_turn():
                    why = "the STT disconnected while the caller spoke"
                    return self._answer.rescue.abandon_and_say(plan.no_match_text, why)
            case ModelFailed(stage="stt_error"):
                self._no_match.broke_off(now)
        return ()

    def _agent(self, fact: Fact, plan: DeadAir, now: float) -> Sequence[Decision]:
        answer = self._answer
        match fact:
            case ModelFailed(busy=False) | SpeechNotPlayed():
                self._note_failure(fact, now)
            case MessageCommitted(role="assistant"):
                self._note_failure(fact, now)
                return answer.take(fact, plan, now)
            case ToolStarted() if why := self._over_limit(fact, plan):
                return [*answer.take(fact, plan, now), *answer.rescue.retry_without_tools(why, now)]
            case ToolRefused():
                answer.refused()
            case RequestHedged():
                answer.rescue.hedged()
            case ActionDone(tag="retry" | "tool" | "loop" | "abandon" | "turn_code" | "entry_code" as tag):
                return answer.rescue.on_abandoned(tag)
            case LinePlayed(tag="filler"):
                answer.rescue.filler_played(plan, now)
            case AgentStateChanged(state="thinking" | "speaking"):
                self._no_match.answering()
                return answer.take(fact, plan, now)
            case _:
                return answer.take(fact, plan, now)
        return ()

    def _over_limit(self, tool: ToolStarted, plan: DeadAir) -> str:
        """Return why a tool call that has started is over a limit; empty if the tool call is allowed.

        A Realtime model starts its tool calls itself, so offhook cannot refuse these tool calls before they start.
        """
        return over_limit(tool.name, tool.arguments, plan, turn=tuple(self._calls.turn.values()), call=self._calls.call)

    def _note_failure(self, fact: Fact, now: float) -> None:
        turn = self._answer.turn
        if turn.attempt.abandoning and not isinstance(fact, MessageCommitted):
            return  # the error belongs to the abandoned answer
        due = turn.attempt.notice(fact, now, waiting=turn.waiting, speaking=turn.speaking)
        turn.budget.retry_at = min(turn.budget.retry_at, due)

    def _on_no_match(self, plan: DeadAir, now: float) -> Sequence[Decision]:
        if self._no_match.late:
            return self._answer.rescue.say(plan.fillers[0], self._no_match.announce(plan, now))
        why = self._no_match.add(plan, now)
        if self._no_match.count >= plan.max_no_matches:
            return [EndCall("error", by=BY, why=why)]
        line = self._answer.rescue.say(plan.no_match_text, why)
        return [SwitchStt(why=why), *line] if self._no_match.count == NEXT_STT else line
