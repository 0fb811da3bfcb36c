"""Ends a call once: goodbye first, then the line; never hangs on a goodbye that fails.

open ──EndWanted──> goodbye ──Spoken──> tail ──Tick──> closing ──LineClosed──> over
  ^                    │  └─caller spoke, "reconsider"─┐  ^
  └────────────────────┼───────────────────────────────┘  │
                       └──patience, caller left, error────┘     LineLost: over, from anywhere; when closing, soon
"""

from collections.abc import Sequence
from typing import Literal

from offhook.core.ending import Ending, Scope
from offhook.core.facts import (
    AgentTurned,
    CallerFound,
    CallerLeft,
    CallerTurned,
    Ended,
    EndWanted,
    Fact,
    LineClosed,
    LineLost,
    Others,
    PlanFailed,
    Planned,
    SessionClosed,
    Spoken,
    Tick,
)
from offhook.core.wishes import HangUp, Note, Resume, Say, Wish
from offhook.policies.wanted import wish_of

__all__ = ["TAG", "Closer"]

TAG = "goodbye"
TAIL_WEB = 0.12
TAIL_PHONE = 0.3
"""Seconds between the end of our playout and the cut: until then the last word is in the caller's jitter buffer."""

CLOSING = 30.0
"""Seconds the line may take to close, all tries included; after that it is left open, and that is told."""
CUT_IN = 3.0
"""Seconds after which a goodbye that waits is looked after: over noise LiveKit does not even begin one that may be
interrupted, and none comes after an answer for which the model never stops thinking."""
LOST = 2.0
"""Seconds that a hang-up has left to report when the line is lost under it, which a hang-up itself may cause."""

Stage = Literal["open", "goodbye", "tail", "closing", "over"]


class Closer:
    """The one way to end a call. The first wish wins; later ones are only noted.

    Only one that the caller calls off makes room for a later one that nobody may call off (a limit, a shutdown).
    """

    def __init__(self) -> None:
        self._how = Ending()
        self._tail = TAIL_WEB
        self._others = 0
        self._wanted: EndWanted | None = None
        self._next: EndWanted | None = None
        self._left_open = ""
        self._lost = False
        self._noisy = False
        self._speaking = False
        self._thinking = False
        self._polite = False
        self._waits = False
        self._patience = 0.0
        self.stage: Stage = "open"
        self.deadline: float | None = None

    @property
    def begun(self) -> bool:
        return self.stage != "open"

    @property
    def outcome(self) -> Ended:
        """Why the call ended; seconds are the supervisor's to fill in."""
        wanted = self._wanted or EndWanted("error", by="offhook", detail="the supervisor stopped")
        details = [wanted.detail, f"left open: {self._left_open}" if self._left_open else ""]
        return Ended(wanted.reason, detail="; ".join(filter(None, details)))

    def handle(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case Planned(ending=ending):
                self._how = ending
            case CallerFound(phone=phone):
                self._tail = TAIL_PHONE if phone else TAIL_WEB
            case Others(count=count):
                self._others = count
            case EndWanted() | PlanFailed() | SessionClosed():
                return self._want(wish_of(fact), now)
            case CallerLeft() | LineLost() | LineClosed():
                return self._gone(fact, now)
            case Spoken(tag="goodbye") if self.stage == "goodbye":
                return self._spoken(fact, now)
            case CallerTurned() | AgentTurned():
                self._turned(fact, now)
            case Tick() if self.deadline is not None and now >= self.deadline:
                return self._late(now)
        return ()

    def _turned(self, fact: CallerTurned | AgentTurned, now: float) -> None:
        if isinstance(fact, CallerTurned):
            self._noisy = fact.state == "speaking"
            return
        self._speaking, self._thinking = fact.state == "speaking", fact.state == "thinking"
        if self.stage == "goodbye" and self._waits and self._thinking:
            self.deadline = min(self._patience, now + CUT_IN)

    def _late(self, now: float) -> Sequence[Wish]:
        match self.stage:
            case "tail":
                return self._hang_up("the goodbye was played out", now)
            case "goodbye" if now < self._patience:
                return self._cut_in(now)
            case "goodbye":
                return self._hang_up("patience ran out", now)
        self._left_open = "" if self._lost else f"no answer from the line in {CLOSING:g} s"
        self.stage, self.deadline = "over", None
        return ()

    def _want(self, wanted: EndWanted, now: float) -> Sequence[Wish]:
        if self._wanted is not None:
            if self._next is None and not self._may_reconsider(wanted):
                self._next = wanted
            return [Note(why=f"already ending ({self._wanted.reason}); {wanted.reason} by {wanted.by} changes nothing")]
        self._wanted = wanted
        text = self._goodbye(wanted)
        if not text:
            return self._hang_up(f"{wanted.reason} by {wanted.by}", now)
        self.stage, self._patience = "goodbye", now + self._how.patience
        self._polite, self._waits = self._may_reconsider(wanted), wanted.reason == "agent_ended"
        soon = self._polite or (self._waits and self._thinking)
        self.deadline = min(self._patience, now + CUT_IN) if soon else self._patience
        why = f"{wanted.reason} by {wanted.by}"
        return [Say(text, tag=TAG, interruptible=self._polite, unless_said=self._waits, why=why)]

    def _cut_in(self, now: float) -> Sequence[Wish]:
        """A goodbye that waits for what does not come is said over it, and cannot be called off any more."""
        assert self._wanted is not None
        hung, noisy = self._waits and self._thinking, self._polite and self._noisy and not self._speaking
        if not (hung or noisy):
            self.deadline = min(self._patience, now + CUT_IN) if self._polite else self._patience
            return ()
        self._polite, self._waits, self.deadline = False, False, self._patience
        why = "the model does not stop thinking" if hung else "the caller's side is not quiet"
        return [
            Say(self._goodbye(self._wanted), tag=TAG, interruptible=False, why=f"{why}; the goodbye is said over it")
        ]

    def _goodbye(self, wanted: EndWanted) -> str:
        if wanted.goodbye is not None:
            return wanted.goodbye.strip()
        return {"error": self._how.sorry, "shutdown": self._how.shutdown}.get(wanted.reason, "").strip()

    def _may_reconsider(self, wanted: EndWanted) -> bool:
        """Without a goodbye there is nothing to speak into."""
        polite = wanted.reason in ("agent_ended", "silence") and bool(self._goodbye(wanted))
        return polite and self._how.over == "reconsider"

    def _spoken(self, spoken: Spoken, now: float) -> Sequence[Wish]:
        assert self._wanted is not None
        if spoken.error:
            return self._hang_up(f"the goodbye could not be said: {spoken.error}", now)
        if spoken.interrupted and self._polite:
            reason, self._wanted = self._wanted.reason, None
            if self._next is not None:
                return self._want(self._next, now)
            self.stage, self.deadline = "open", None
            return [Resume(reason, why="the caller spoke into the goodbye")]
        self.stage, self.deadline = "tail", now + self._tail
        return ()

    def _hang_up(self, why: str, now: float, scope: Scope | None = None) -> Sequence[Wish]:
        assert self._wanted is not None
        self.stage, self.deadline = "closing", now + CLOSING
        scope = scope or self._wanted.scope or self._how.scope
        return [HangUp(self._wanted.reason, scope, detail=self._wanted.detail, why=why)]

    def _gone(self, fact: Fact, now: float) -> Sequence[Wish]:
        match fact:
            case CallerLeft(reason=reason) if self.stage in ("open", "goodbye", "tail"):
                # Whoever else is in the room stays there; an empty room is closed.
                self._wanted = self._wanted or EndWanted("caller_hung_up", by="caller", detail=reason)
                return self._hang_up("the caller is gone", now, scope="agent" if self._others else "room")
            case LineLost() if self.stage == "closing":
                self._lost, self.deadline = True, now + LOST
            case LineLost(reason=reason):
                self._wanted = self._wanted or EndWanted("room_closed", by="server", detail=reason)
                self.stage, self.deadline = "over", None
            case LineClosed(left_open=left_open):
                self._left_open = left_open
                self.stage, self.deadline = "over", None
        return ()
