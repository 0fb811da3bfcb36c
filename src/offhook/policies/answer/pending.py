"""Follows the answer to one turn of the caller, from the end of the turn to the playout of the answer."""

from collections.abc import Sequence

from offhook.core.dead_air import DeadAir
from offhook.core.decisions import Decision
from offhook.core.facts import (
    AgentCodeEnded,
    AgentCodeStarted,
    AgentHandoff,
    AgentStateChanged,
    Fact,
    MessageCommitted,
    ModelResponded,
    ModelResponding,
    SpeechCreated,
    SpeechEnded,
    ToolEnded,
    ToolReleased,
    ToolStarted,
    TtsResumed,
    TtsStalled,
    TurnCommitted,
    TurnDeclined,
    WordsCarried,
)
from offhook.policies.answer.budget import ENDPOINTING, GRACE, MANUAL_GRACE
from offhook.policies.answer.rescue import Rescue
from offhook.policies.answer.states import Event
from offhook.policies.answer.turn import OpenTurn
from offhook.policies.answer.turn_end import LOOP, TurnEnd

__all__ = ["PendingAnswer"]


class PendingAnswer:
    """Follows one turn of the caller at a time; if the answer is late, `rescue` returns the decisions."""

    def __init__(self) -> None:
        self.turn = OpenTurn()
        self.rescue = Rescue(self.turn)
        self._end = TurnEnd(self.turn, self.rescue)
        self._sound = False  # the caller makes a sound now
        self._words = False  # the caller has said words that LiveKit has not committed as a turn yet
        self._since: float | None = None  # the waiting time for these words counts from here; None: not known yet
        self._state = ""  # the last agent state that LiveKit reported; empty after `speaking`

    def commit(self, fact: TurnCommitted, plan: DeadAir, *, since: float, now: float) -> None:
        """Start to wait for an answer, because the caller's turn is complete.

        Do nothing if the answer has already started: a Realtime model may start before the turn is complete.
        """
        turn = self.turn
        if turn.speaking or turn.spoke_from > since:
            return
        self._begin_next()
        self.rescue.begin()
        turn.take(Event.COMMITTED, now)
        if not fact.own_code:
            turn.take(Event.CODE_RETURNED, now)
        turn.budget.start(plan, since=max(since, turn.heard_at, now - ENDPOINTING))

    def close(self, why: str) -> Sequence[Decision]:
        """Stop waiting for an answer, for example because the agent goes quiet. offhook still follows speeches that
        have not ended.
        """
        self.rescue.begin()
        self.rescue.answered()
        self._begin_next()
        return self.rescue.stop_filler(why)

    def _begin_next(self) -> None:
        self.turn.begin_next()
        self._words, self._since = False, None

    def sound(self, now: float, *, on: bool, manual: bool) -> None:
        """Handle the start (`on`) or the end of a sound on the caller's side. `manual`: the agent's own code ends the
        caller's turns.
        """
        self._sound = on
        self.turn.hold("a sound", now, on=on, grace=MANUAL_GRACE if manual else GRACE)
        self._since = None if on else self._since

    def words(self, plan: DeadAir, now: float, *, final: bool = False) -> None:
        """Handle a transcript. If an answer is awaited, the waiting time starts again.

        After an interim transcript, the waiting time counts from now. After a final transcript,
        `AnswerBudget.start_uncommitted` sets the start.
        """
        self._words = True
        if self.turn.waiting and final:
            self.turn.budget.start_uncommitted(plan, now, since=self._since)
        elif self.turn.waiting:
            self.turn.budget.start(plan, since=now)

    def talks_over(self) -> Sequence[Decision]:
        """After words of the caller, stop the filler. If the caller makes no sound now, the words are older than the
        filler, so do nothing.
        """
        return self.rescue.stop_filler("the caller speaks") if self._sound else ()

    def completes(self, plan: DeadAir, now: float, *, ended: float, wait: float) -> None:
        """Handle the fact `EndpointingChosen`: the turn will be complete `wait` seconds after the caller's last sound,
        which ended at `ended`.
        """
        self._since = ended + max(0.0, wait - ENDPOINTING)
        if self.turn.waiting and self._words:
            self.turn.budget.start_uncommitted(plan, now, since=self._since)

    def refused(self) -> None:
        """Handle a tool call that offhook refused. The model now has to answer in words, so an empty answer counts as
        failed.
        """
        self.turn.tool_calls = LOOP + 1

    def take(self, fact: Fact, plan: DeadAir, now: float) -> Sequence[Decision]:
        match fact:
            case AgentStateChanged(state="speaking") | TtsResumed():
                return self._playing(now)
            case AgentStateChanged(state=state, playing=playing):
                self._state = state
                return () if playing and self.turn.speaking else self._stopped(state, plan, now)
            case MessageCommitted(role="assistant", since=None):
                self.turn.unfinished = False
                return self._stopped(self._state, plan, now) if self._state not in ("", "speaking") else ()
            case SpeechEnded():
                return self._end.speech_ended(fact, plan, now)
            case AgentCodeEnded():
                return self._end.code_ended(fact, plan, now)
        self._note(fact, plan, now)
        return ()

    def _note(self, fact: Fact, plan: DeadAir, now: float) -> None:
        """Handle a fact that leads to no immediate decision."""
        match fact:
            case SpeechCreated(id=speech, source=source):
                self.turn.speeches.add(speech, source)
                self.turn.declined = self.turn.declined and source == "say"
            case ToolStarted() | ToolReleased() | ToolEnded() | AgentHandoff():
                self._tool(fact, plan, now)
            case ModelResponded(characters=characters, tool_calls=0) if characters and not self.turn.speaking:
                self.turn.take(Event.RESPONDED, now)
                self.turn.budget.written(plan, now)
            case ModelResponding():
                self.turn.budget.progress(plan, now)
            case TurnDeclined(speech=speech):
                self.turn.speeches.decline(speech)
                self.turn.decline(now)
            case WordsCarried():
                self.turn.carry(plan, now)
            case AgentCodeStarted(name="on_user_turn_completed"):
                self.turn.code_runs = True
            case TtsStalled(since=since) if self.turn.take(Event.STALLED, now):
                self.turn.speaking = False
                self.turn.budget.start(plan, since=since)

    def _playing(self, now: float) -> Sequence[Decision]:
        turn, self._state = self.turn, ""
        turn.spoke_from = turn.spoke_from if turn.speaking else now
        turn.speaking = turn.played = turn.unfinished = True
        turn.attempt.playing()
        turn.take(Event.PLAYOUT_STARTED, now)
        turn.budget.stop()
        return self.rescue.stop_filler("the agent speaks")

    def _stopped(self, state: str, plan: DeadAir, now: float) -> Sequence[Decision]:
        turn = self.turn
        if turn.speaking:
            turn.speaking, turn.heard_at = False, now
        if state == "thinking":
            turn.wait_on(plan, now)
        elif not turn.attempt.abandoning:
            return self._end.settle(plan, now)
        return ()

    def _tool(self, fact: Fact, plan: DeadAir, now: float) -> None:
        turn = self.turn
        depth, last = turn.tools.depth, turn.tools.take(fact, now)
        turn.tool_calls += isinstance(fact, ToolStarted)
        if isinstance(fact, AgentHandoff):
            turn.speeches.hand_over(fact.depth)
        if turn.speaking:
            return
        if isinstance(fact, AgentHandoff) and fact.depth >= depth:
            turn.take(Event.HANDOFF, now)
        elif turn.tools:
            turn.take(Event.TOOL_STARTED, now)
            if isinstance(fact, AgentHandoff):  # a task ended, and the tool that opened it continues
                turn.wait_on(plan, now)
        if last and turn.take(Event.TOOLS_ENDED, now):
            turn.budget.restart_for_model(plan, now)
