"""With facts in any order, a call whose end is requested does end, with one hang-up."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.examples import examples

from offhook.core.decisions import CancelEnding, HangUp, Say
from offhook.core.ending import Ending
from offhook.core.facts import (
    AgentStateChanged,
    CallerFound,
    CallerLeft,
    CallerStateChanged,
    EndRequested,
    Fact,
    HangUpDone,
    LinePlayed,
    OtherParticipants,
    PlanFailed,
    Planned,
    RoomDisconnected,
    SessionClosed,
    Tick,
)
from offhook.policies.ending import CLOSING, TAIL_PHONE, EndingPolicy

PATIENCE = 15.0
WISHES = st.builds(
    EndRequested,
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
    """The environment of an `EndingPolicy`: plays each line and hangs up on request, or fails to."""

    def __init__(self) -> None:
        super().__init__()
        self.closer = EndingPolicy()
        self.now = 0.0
        self.saying: list[Say] = []
        self.hang_ups: list[HangUp] = []
        self.wanted_at: float | None = None
        self.first: str | None = None

    def tell(self, fact: Fact) -> None:
        for decision in self.closer.handle(fact, self.now):
            match decision:
                case Say():
                    self.saying = [decision]  # a second goodbye replaces the first
                    if "is played now" not in decision.why:
                        self.wanted_at = self.now
                case HangUp():
                    self.hang_ups.append(decision)
                case CancelEnding():
                    self.wanted_at = self.first = None
        if self.closer.begun and self.wanted_at is None:
            self.wanted_at = self.now
        if self.closer.begun and self.first is None:
            self.first = self.closer.outcome.reason

    @initialize(over=st.sampled_from(["finish", "reconsider"]), phone=st.booleans())
    def plan(self, over: str, phone: bool) -> None:
        self.tell(Planned(ending=Ending(on_interruption=over, timeout=PATIENCE)))  # type: ignore[arg-type]  # sampled
        self.tell(CallerFound("caller", phone=phone, active=True))

    @rule(fact=ENDS)
    def somebody_wants_an_end(self, fact: Fact) -> None:
        self.tell(fact)

    @rule(count=st.integers(0, 2))
    def others(self, count: int) -> None:
        self.tell(OtherParticipants(count))

    @rule(state=st.sampled_from(["listening", "thinking", "speaking"]))
    def the_agent_turns(self, state: str) -> None:
        self.tell(AgentStateChanged(state, since=self.now))  # type: ignore[arg-type]  # sampled

    @rule(state=st.sampled_from(["listening", "speaking"]))
    def the_caller_turns(self, state: str) -> None:
        self.tell(CallerStateChanged(state, since=self.now))  # type: ignore[arg-type]  # sampled

    @rule()
    def the_caller_goes(self) -> None:
        self.tell(CallerLeft("client_initiated"))

    @rule(reason=st.sampled_from(["room_deleted", "signal_close"]))
    def the_line_is_lost(self, reason: str) -> None:
        self.tell(RoomDisconnected(reason))

    @precondition(lambda self: self.saying)
    @rule(interrupted=st.booleans(), error=st.sampled_from(["", "no voice"]))
    def the_line_was_said(self, interrupted: bool, error: str) -> None:
        said = self.saying.pop(0)
        was = self.first
        self.tell(LinePlayed(said.tag, interrupted=interrupted and not error, error=error))
        if not said.interruptible and self.closer.stage != "over":
            assert self.closer.begun
            assert self.closer.outcome.reason == was
        elif self.closer.begun:
            self.first = self.closer.outcome.reason

    @precondition(lambda self: self.hang_ups and self.closer.stage == "closing")
    @rule(left_open=st.sampled_from(["", "unavailable: 500"]))
    def the_line_was_closed(self, left_open: str) -> None:
        self.tell(HangUpDone(self.hang_ups[0].scope, left_open=left_open))
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
        """An ending call without further facts ends by its deadlines alone."""
        if self.closer.begun:
            lost = self.closer.stage == "over" and not self.hang_ups
            self.time_goes_by(PATIENCE + TAIL_PHONE + CLOSING)
            assert self.closer.stage == "over"
            assert len(self.hang_ups) == (0 if lost else 1)


TestAnyCall = AnyCall.TestCase
TestAnyCall.settings = settings(max_examples=examples(150), stateful_step_count=30, derandomize=True)
