"""Whatever happens on a call, no policy asks for a tick at a moment that stays in the past: the job would spin."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from offhook.core.ending import Ending, Limits
from offhook.core.facts import (
    AgentTurned,
    CallerBack,
    CallerFound,
    CallerLeft,
    CallerMissing,
    CallerTurned,
    Did,
    EndCancelled,
    EndWanted,
    Fact,
    HandedOver,
    Heard,
    KeyPressed,
    LineClosed,
    ModelFailed,
    PauseChanged,
    Planned,
    Said,
    SessionClosed,
    SessionStarted,
    Spoken,
    Tick,
    ToolEnded,
    ToolStarted,
    Unspoken,
    VoiceStalled,
)
from offhook.core.ladder import Silence, say
from offhook.core.ladder import end as end_step
from offhook.core.ports import Policy
from offhook.core.wishes import EndCall, Resume, Wish
from offhook.policies.commands import Switchboard
from offhook.policies.ending import Closer
from offhook.policies.greeting import Greeter
from offhook.policies.limits import Timekeeper
from offhook.policies.presence import Presence
from offhook.policies.returning import Doorkeeper
from offhook.policies.silence import Climber
from offhook.policies.stall import Stall
from offhook.policies.vitals import Vitals

AT_ONCE = 12
"""So many ticks at one moment are one for each policy, and for what they wish for; a spinning one would make more."""

LADDER = Silence(say("Are you still there?", after=8), say("Hello?", after=5), end_step(after=5))
PLANS = st.builds(
    Planned,
    greeting=st.sampled_from([None, "Hello."]),
    silence=st.sampled_from([None, LADDER]),
    ending=st.builds(Ending, over=st.sampled_from(["finish", "reconsider"])),
    limits=st.sampled_from([Limits(), Limits(seconds=60, warn=20, warning="A few seconds are left.")]),
)
TAGS = st.sampled_from(
    ["greeting", "silence", "goodbye", "filler", "limit", "unheard", "retry", "tool", "loop", "ears"]
)


def since(kind: type[Fact], states: list[str]) -> st.SearchStrategy[Fact]:
    return st.builds(kind, st.sampled_from(states), since=st.floats(0, 1))  # made absolute when it is told


FACTS: st.SearchStrategy[Fact] = st.one_of(
    since(AgentTurned, ["listening", "thinking", "speaking"]),
    since(AgentTurned, ["listening", "thinking", "speaking"]),
    since(CallerTurned, ["speaking", "listening", "away"]),
    since(CallerTurned, ["speaking", "listening"]),
    st.builds(Heard, st.sampled_from(["", "Yes, I am"]), final=st.booleans()),
    st.builds(Said, st.sampled_from(["user", "assistant"]), st.sampled_from(["Yes", "Anything else?", "One"])),
    st.builds(Spoken, TAGS, interrupted=st.booleans(), error=st.sampled_from(["", "it broke"])),
    st.builds(Did, TAGS),
    st.builds(
        ModelFailed,
        st.sampled_from(["stt_error", "llm_error", "tts_error", "realtime_model_error"]),
        recoverable=st.booleans(),
        error=st.just("it broke"),
    ),
    st.builds(ToolStarted, st.sampled_from("ab"), st.just("look_up"), st.just("{}")),
    st.builds(ToolEnded, st.sampled_from("ab"), st.just("done")),
    st.builds(PauseChanged, st.sampled_from(["hold", "filler"]), paused=st.booleans()),
    st.builds(VoiceStalled, since=st.floats(0, 1)),
    st.builds(EndWanted, st.sampled_from(["agent_ended", "error"]), goodbye=st.sampled_from([None, "", "Goodbye."])),
    st.builds(CallerLeft, st.just("CLIENT_INITIATED")),
    PLANS,
    st.sampled_from(
        [
            Unspoken("One."),
            KeyPressed("1"),
            HandedOver("other"),
            SessionStarted(),
            SessionClosed("error"),
            CallerMissing(),
            CallerBack(),
            LineClosed("room"),
        ]
    ),
)


class World:
    """All policies of a call, told what happens, and what they wish for where that is a fact of its own."""

    def __init__(self) -> None:
        self.now = 100.0
        self._policies: tuple[Policy, ...] = (
            Closer(),
            Switchboard(),
            Doorkeeper(),
            Vitals(),
            Timekeeper(),
            Presence(),
            Greeter(),
            Stall(),
            Climber(),
        )

    def tell(self, fact: Fact) -> None:
        for told in [wish for policy in self._policies for wish in policy.handle(fact, self.now)]:
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


def _follows(wish: Wish) -> Iterator[Fact]:
    """As the supervisor does it."""
    match wish:
        case EndCall(reason=reason, goodbye=goodbye, scope=scope, by=by):
            yield EndWanted(reason, goodbye=goodbye, scope=scope, by=by)
        case Resume(reason=reason):
            yield EndCancelled(reason)


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
        case AgentTurned(state, since=ago):
            return AgentTurned(state, now - ago)
        case CallerTurned(state, since=ago):
            return CallerTurned(state, now - ago)
        case VoiceStalled(since=ago):
            return VoiceStalled(now - ago)
    return fact
