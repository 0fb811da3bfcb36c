"""With any sequence of facts, a waiting caller hears something in time, and nothing is played after the end begins."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.examples import examples

from offhook.core.decisions import EndCall, RetryAnswer, Say
from offhook.core.facts import (
    ActionDone,
    CallerStateChanged,
    EndRequested,
    Fact,
    KeyPressed,
    MessageCommitted,
    ModelFailed,
    ModelResponded,
    PauseChanged,
    RequestHedged,
    SpeechEnded,
    SpeechNotPlayed,
    Tick,
    ToolEnded,
    ToolRefused,
    ToolStarted,
    TtsStalled,
    UsageUpdated,
)
from offhook.policies.answer.policy import AnswerPolicy

from .answering import TROUBLE, At, asks, hears, listens, over, run, thinks
from .test_deadlines import CODE, FACTS

NO_ANSWER: st.SearchStrategy[Fact] = st.one_of(
    st.builds(ActionDone, st.sampled_from(["retry", "loop", "tool"])),
    st.builds(
        ModelFailed,
        st.sampled_from(["llm_error", "tts_error", "realtime_model_error"]),
        recoverable=st.booleans(),
        error=st.just("it broke"),
    ),
    st.builds(SpeechEnded, st.sampled_from(["answer", "other"]), error=st.sampled_from(["", "it broke"])),
    st.builds(ModelResponded, st.sampled_from([0, 20]), tool_calls=st.sampled_from([0, 1])),
    CODE.filter(lambda fact: getattr(fact, "status", "") != "declined"),
    st.sampled_from(
        [
            RequestHedged(),
            KeyPressed("1"),
            PauseChanged("hold", paused=True),
            MessageCommitted("assistant", "One moment, please.", since=0.0),
            SpeechNotPlayed("for two"),
            ToolRefused("look", "a circle"),
            UsageUpdated(input_tokens=1),
            Tick(),
            TtsStalled(since=0.0),
        ]
    ),
)
"""Facts that are no speech to the caller, no reason to wait longer and no decision to decline the answer."""
TIMED = st.tuples(st.floats(2.8, 16), NO_ANSWER)


def silences(facts: list[At]) -> list[float]:
    """The silences from the caller's last word to the end of the call, or until the turn is given up."""
    heard = [2.0]
    for at, decision in run([listens(0), *asks(1, 2), *facts], until=60):
        if isinstance(decision, Say | EndCall):
            heard += [at, at + 1]
        if isinstance(decision, EndCall) or (isinstance(decision, Say) and decision.text == TROUBLE):
            return [later - sooner for sooner, later in pairwise(heard)][::2]
    raise AssertionError("the caller is left alone")


@given(st.lists(TIMED, max_size=12))
@settings(max_examples=examples(150))
def test_who_is_never_answered_hears_something_every_five_seconds_and_is_not_left_alone(facts: list[At]) -> None:
    assert max(silences(facts)) <= 5.001


@given(st.lists(TIMED, max_size=8), st.lists(st.tuples(st.floats(2.8, 14), st.booleans()), max_size=6))
@settings(max_examples=examples(150))
def test_sounds_hold_what_is_said_for_six_seconds_at_most_all_together(
    facts: list[At], sounds: list[tuple[float, bool]]
) -> None:
    noise = [(at, CallerStateChanged("speaking" if on else "listening", since=at)) for at, on in sounds]
    assert max(silences([*facts, *noise])) <= 11.701


@given(st.lists(st.tuples(st.floats(0.05, 3.0), st.floats(0.05, 3.0)), min_size=1, max_size=12))
@settings(max_examples=examples(50))
def test_tools_one_after_the_other_leave_no_long_silence(work: list[tuple[float, float]]) -> None:
    facts, at = list[At](), 2.8
    for number, (pause, seconds) in enumerate(work):
        facts += [(at + pause, ToolStarted(f"{number}", f"look{number}", "{}"))]
        at += pause + seconds
        facts += [(at, ToolEnded(f"{number}", "done", output="x"))]
    log = run([listens(0), *asks(1, 2), *facts], until=at + 60)
    heard = [
        2.0,
        *(moment for when, decision in log if isinstance(decision, Say | EndCall) for moment in (when, when + 1)),
    ]
    assert (
        max([later - sooner for sooner, later in pairwise(heard)][::2]) <= 11.001
    )  # a filler every 10 s while a tool runs


@given(st.lists(st.tuples(st.floats(0, 30), FACTS), max_size=20), st.lists(FACTS, max_size=20))
@settings(max_examples=examples(100))
def test_an_ending_call_is_left_in_peace(before: list[tuple[float, Fact]], after: list[Fact]) -> None:
    policy, now = AnswerPolicy(), 0.0
    for gap, fact in before:
        now += gap
        policy.handle(fact, now)
    policy.handle(EndRequested("agent_ended"), now)
    for fact in after:
        assert isinstance(fact, EndRequested) or policy.handle(fact, now) == ()
        assert policy.deadline is None


@given(st.floats(3, 11.5), st.sampled_from([thinks, listens]))
@settings(max_examples=examples(20))
def test_the_end_or_an_apology_comes_eighteen_seconds_after_words_that_are_never_taken_as_a_turn_at_most(
    at: float, turn: Callable[[float], At]
) -> None:
    log = run([listens(0), *asks(1, 2), hears(at), turn(at)], until=60)
    when, last = log[-1]
    assert isinstance(last, EndCall) or (isinstance(last, Say) and last.text == TROUBLE)
    assert when <= at + 18.001


def test_a_retry_is_asked_for_once_in_a_turn() -> None:
    decisions = [
        decision for _, decision in run([listens(0), *asks(1, 2), *over(3), (3.1, ActionDone("retry"))], until=60)
    ]
    assert len([decision for decision in decisions if isinstance(decision, RetryAnswer)]) == 1
