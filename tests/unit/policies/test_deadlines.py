"""With any sequence of facts, no policy keeps a deadline in the past: the job would spin."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from offhook.core.decisions import CancelEnding, Decision, EndCall
from offhook.core.ending import Ending, Limits
from offhook.core.facts import (
    ActionDone,
    AgentCodeEnded,
    AgentCodeStarted,
    AgentHandoff,
    AgentStateChanged,
    CallerAbsent,
    CallerFound,
    CallerLeft,
    CallerRejoined,
    CallerStateChanged,
    CallerStatus,
    EndCancelled,
    EndRequested,
    Fact,
    HangUpDone,
    KeyPressed,
    LinePlayed,
    MessageCommitted,
    ModelFailed,
    ModelResponded,
    PauseChanged,
    Planned,
    QuietChanged,
    RequestHedged,
    SessionClosed,
    SessionStarted,
    SpeechCreated,
    SpeechEnded,
    SpeechNotPlayed,
    Tick,
    ToolEnded,
    ToolRefused,
    ToolReleased,
    ToolStarted,
    TranscriptReceived,
    TtsResumed,
    TtsStalled,
    TurnCommitted,
    TurnDeclined,
)
from offhook.core.ladder import Silence
from offhook.core.ports import Policy
from offhook.core.steps import end as end_step
from offhook.core.steps import say
from offhook.policies.answer.policy import AnswerPolicy
from offhook.policies.away import AwayPolicy
from offhook.policies.commands import CommandPolicy
from offhook.policies.ending import EndingPolicy
from offhook.policies.greeting import GreetingPolicy
from offhook.policies.limits import LimitsPolicy
from offhook.policies.realtime_failure import RealtimeFailurePolicy
from offhook.policies.reconnect import ReconnectPolicy
from offhook.policies.silence.policy import SilencePolicy
from offhook.policies.starting import StartPolicy

AT_ONCE = 12
"""Upper limit of ticks at one moment: one for each policy and for the resulting facts. A spinning policy makes more."""

LADDER = Silence(say("Are you still there?", after=8), say("Hello?", after=5), end_step(after=5))
PLANS = st.builds(
    Planned,
    greeting=st.sampled_from([None, "Hello."]),
    silence=st.sampled_from([None, LADDER]),
    ending=st.builds(Ending, on_interruption=st.sampled_from(["finish", "reconsider"])),
    limits=st.sampled_from([Limits(), Limits(seconds=60, warn_before=20, warning="A few seconds are left.")]),
)
TAGS = st.sampled_from(
    [
        *("greeting", "silence", "goodbye", "filler", "limit"),
        *("abandon", "retry", "tool", "loop", "stt", "turn_code", "entry_code"),
    ]
)


def since(kind: type[Fact], states: list[str]) -> st.SearchStrategy[Fact]:
    return st.builds(kind, st.sampled_from(states), since=st.floats(0, 1))  # made absolute when the fact is given


METHODS = st.sampled_from(["on_user_turn_completed", "on_enter"])
CODE: st.SearchStrategy[Fact] = st.one_of(
    st.builds(AgentCodeStarted, st.just("c"), METHODS),
    st.builds(
        AgentCodeEnded, st.just("c"), METHODS, status=st.sampled_from(["done", "declined", "error", "abandoned"])
    ),
)
FACTS: st.SearchStrategy[Fact] = st.one_of(
    since(AgentStateChanged, ["listening", "thinking", "speaking"]),
    since(AgentStateChanged, ["listening", "thinking", "speaking"]),
    since(CallerStateChanged, ["speaking", "listening", "away"]),
    since(CallerStateChanged, ["speaking", "listening"]),
    st.builds(TranscriptReceived, st.sampled_from(["", "Yes, I am"]), final=st.booleans()),
    st.builds(
        MessageCommitted, st.sampled_from(["user", "assistant"]), st.sampled_from(["Yes", "Anything else?", "One"])
    ),
    st.builds(LinePlayed, TAGS, interrupted=st.booleans(), error=st.sampled_from(["", "it broke"])),
    st.builds(ActionDone, TAGS),
    st.builds(
        ModelFailed,
        st.sampled_from(["stt_error", "llm_error", "tts_error", "realtime_model_error"]),
        recoverable=st.booleans(),
        error=st.just("it broke"),
    ),
    CODE,
    st.builds(SpeechCreated, st.sampled_from("ab"), st.sampled_from(["say", "generate_reply"])),
    st.builds(
        SpeechEnded,
        st.sampled_from("ab"),
        interrupted=st.sampled_from(["", "sound", "turn", "code"]),
        error=st.sampled_from(["", "it broke"]),
        handoff=st.booleans(),
    ),
    st.builds(ToolStarted, st.sampled_from("ab"), st.just("look_up"), st.just("{}")),
    st.builds(ToolEnded, st.sampled_from("ab"), st.just("done")),
    st.builds(PauseChanged, st.sampled_from(["hold", "filler"]), paused=st.booleans()),
    st.builds(QuietChanged, st.sampled_from(["mute", "hold", "takeover", ""])),
    st.builds(TtsStalled, since=st.floats(0, 1)),
    st.builds(EndRequested, st.sampled_from(["agent_ended", "error"]), goodbye=st.sampled_from([None, "", "Goodbye."])),
    st.builds(CallerLeft, st.just("CLIENT_INITIATED")),
    PLANS,
    st.sampled_from(
        [
            SpeechNotPlayed("One."),
            KeyPressed("1"),
            AgentHandoff("other"),
            AgentHandoff("task", depth=1),
            CallerFound("caller", phone=True, active=False),
            CallerStatus("active"),
            TurnCommitted(),
            TurnCommitted(own_code=True),
            TurnDeclined("llm_node"),
            ModelResponded(0),
            ModelResponded(20, tool_calls=1),
            ToolReleased("a"),
            ToolRefused("look_up", "a circle"),
            RequestHedged(),
            TtsResumed(),
            SessionStarted(),
            SessionClosed("error"),
            CallerAbsent(),
            CallerRejoined(),
            HangUpDone("room"),
        ]
    ),
)


class World:
    """All policies of a call; they get the facts of the test and the facts that follow from their decisions."""

    def __init__(self) -> None:
        self.now = 100.0
        self._policies: tuple[Policy, ...] = (
            EndingPolicy(),
            CommandPolicy(),
            ReconnectPolicy(),
            RealtimeFailurePolicy(),
            StartPolicy(),
            LimitsPolicy(),
            AwayPolicy(),
            GreetingPolicy(),
            AnswerPolicy(),
            SilencePolicy(),
        )

    def tell(self, fact: Fact) -> None:
        for told in [decision for policy in self._policies for decision in policy.handle(fact, self.now)]:
            for follows in _follows(told):
                self.tell(follows)

    def until(self, then: float) -> None:
        """Let time pass, tick by tick."""
        ticks = 0
        while (due := min((d for p in self._policies if (d := p.deadline) is not None), default=then)) < then:
            ticks = ticks + 1 if due <= self.now else 1
            self.now = max(due, self.now)
            assert ticks <= AT_ONCE, f"at {self.now}: {[type(p).__name__ for p in self._policies if p.deadline == due]}"
            self.tell(Tick())
        self.now = then


def _follows(decision: Decision) -> Iterator[Fact]:
    """Like the supervisor does it."""
    match decision:
        case EndCall(reason=reason, goodbye=goodbye, scope=scope, by=by):
            yield EndRequested(reason, goodbye=goodbye, scope=scope, by=by)
        case CancelEnding(reason=reason):
            yield EndCancelled(reason)


@settings(deadline=None)  # a busy machine takes its time
@given(PLANS, st.lists(st.tuples(st.floats(0, 30), FACTS), max_size=30))
def test_time_goes_on_whatever_happens(plan: Planned, happenings: list[tuple[float, Fact]]) -> None:
    world = World()
    for first in (CallerFound("caller", phone=False, active=True), plan, SessionStarted()):
        world.tell(first)
    for gap, fact in happenings:
        world.until(world.now + gap)
        world.tell(_absolute(fact, world.now))
    world.until(world.now + 600)


def _absolute(fact: Fact, now: float) -> Fact:
    match fact:
        case AgentStateChanged(state, since=ago):
            return AgentStateChanged(state, now - ago)
        case CallerStateChanged(state, since=ago):
            return CallerStateChanged(state, now - ago)
        case TtsStalled(since=ago):
            return TtsStalled(now - ago)
    return fact
