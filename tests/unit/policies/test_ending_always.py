"""Whatever happens in whatever order: a call that somebody wants to end does end, with one hang-up."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from offhook.core.ending import Ending
from offhook.core.facts import (
    AgentTurned,
    CallerFound,
    CallerLeft,
    CallerTurned,
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
from offhook.core.wishes import HangUp, Resume, Say
from offhook.policies.ending import CLOSING, TAIL_PHONE, Closer

PATIENCE = 15.0
WISHES = st.builds(
    EndWanted,
    st.sampled_from(["agent_ended", "silence", "limit", "error", "shutdown", "command"]),
    goodbye=st.sampled_from([None, "", "Goodbye."]),
    scope=st.sampled_from([None, "agent", "caller", "room"]),
)
ENDS = st.one_of(
    WISHES,
    st.just(PlanFailed("it raised")),
    st.builds(SessionClosed, st.sampled_from(["error", "job_shutdown", "user_initiated", "participant_disconnected"])),
)


class AnyCall(RuleBasedStateMachine):
    """The world around a `Closer`: it plays each line and closes the line when asked, or fails to."""

    def __init__(self) -> None:
        super().__init__()
        self.closer = Closer()
        self.now = 0.0
        self.saying: list[Say] = []
        self.hang_ups: list[HangUp] = []
        self.wanted_at: float | None = None
        self.first: str | None = None

    def tell(self, fact: Fact) -> None:
        for wish in self.closer.handle(fact, self.now):
            match wish:
                case Say():
                    self.saying = [wish]  # a second one is said instead of the first
                    if "said over it" not in wish.why:
                        self.wanted_at = self.now
                case HangUp():
                    self.hang_ups.append(wish)
                case Resume():
                    self.wanted_at = self.first = None
        if self.closer.begun and self.wanted_at is None:
            self.wanted_at = self.now
        if self.closer.begun and self.first is None:
            self.first = self.closer.outcome.reason

    @initialize(over=st.sampled_from(["finish", "reconsider"]), phone=st.booleans())
    def plan(self, over: str, phone: bool) -> None:
        self.tell(Planned(ending=Ending(over=over, patience=PATIENCE)))  # type: ignore[arg-type]  # sampled
        self.tell(CallerFound("caller", phone=phone, active=True))

    @rule(fact=ENDS)
    def somebody_wants_an_end(self, fact: Fact) -> None:
        self.tell(fact)

    @rule(count=st.integers(0, 2))
    def others(self, count: int) -> None:
        self.tell(Others(count))

    @rule(state=st.sampled_from(["listening", "thinking", "speaking"]))
    def the_agent_turns(self, state: str) -> None:
        self.tell(AgentTurned(state, since=self.now))  # type: ignore[arg-type]  # sampled

    @rule(state=st.sampled_from(["listening", "speaking"]))
    def the_caller_turns(self, state: str) -> None:
        self.tell(CallerTurned(state, since=self.now))  # type: ignore[arg-type]  # sampled

    @rule()
    def the_caller_goes(self) -> None:
        self.tell(CallerLeft("client_initiated"))

    @rule(reason=st.sampled_from(["room_deleted", "signal_close"]))
    def the_line_is_lost(self, reason: str) -> None:
        self.tell(LineLost(reason))

    @precondition(lambda self: self.saying)
    @rule(interrupted=st.booleans(), error=st.sampled_from(["", "no voice"]))
    def the_line_was_said(self, interrupted: bool, error: str) -> None:
        said = self.saying.pop(0)
        was = self.first
        self.tell(Spoken(said.tag, interrupted=interrupted and not error, error=error))
        if not said.interruptible and self.closer.stage != "over":
            assert self.closer.begun
            assert self.closer.outcome.reason == was
        elif self.closer.begun:
            self.first = self.closer.outcome.reason

    @precondition(lambda self: self.hang_ups and self.closer.stage == "closing")
    @rule(left_open=st.sampled_from(["", "unavailable: 500"]))
    def the_line_was_closed(self, left_open: str) -> None:
        self.tell(LineClosed(self.hang_ups[0].scope, left_open=left_open))
        assert self.closer.stage == "over"

    @rule(seconds=st.floats(0.01, 20.0))
    def time_goes_by(self, seconds: float) -> None:
        until = self.now + seconds
        while self.closer.deadline is not None and self.closer.deadline <= until:
            self.now = max(self.now, self.closer.deadline)
            self.tell(Tick())
        self.now = until

    @invariant()
    def one_hang_up_at_most(self) -> None:
        assert len(self.hang_ups) <= 1

    @invariant()
    def the_first_wish_that_stands_is_the_reason(self) -> None:
        if self.closer.begun:
            assert self.closer.outcome.reason == self.first

    @invariant()
    def no_goodbye_takes_longer_than_its_patience(self) -> None:
        if self.closer.stage in ("goodbye", "tail"):
            assert self.wanted_at is not None
            assert self.now <= self.wanted_at + PATIENCE + TAIL_PHONE

    def teardown(self) -> None:
        """A call that is ending when all falls silent comes to its end by the clock alone."""
        if self.closer.begun:
            lost = self.closer.stage == "over" and not self.hang_ups
            self.time_goes_by(PATIENCE + TAIL_PHONE + CLOSING)
            assert self.closer.stage == "over"
            assert len(self.hang_ups) == (0 if lost else 1)


TestAnyCall = AnyCall.TestCase
TestAnyCall.settings = settings(max_examples=150, stateful_step_count=30, deadline=None, derandomize=True)
