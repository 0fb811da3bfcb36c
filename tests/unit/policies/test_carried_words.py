"""Which words of the caller the next agent gets, and when the policy requests the answer."""

import math

import pytest

from offhook.core.decisions import AnswerCarriedWords, Decision
from offhook.core.facts import (
    ActionDone,
    AgentCodeEnded,
    AgentCodeStarted,
    AgentHandoff,
    CallerStateChanged,
    ContextReset,
    EndCancelled,
    Ended,
    EndRequested,
    Fact,
    PauseChanged,
    QuietChanged,
    SessionClosed,
    SpeechCreated,
    SpeechEnded,
    SpeechRedacted,
    Tick,
    TranscriptReceived,
    TransferEnded,
    TransferStarted,
    TurnCommitted,
    WordsCarried,
)
from offhook.policies.carried.policy import ENTRY, SETTLE, CarriedWordsPolicy
from offhook.policies.carried.words import InputState, UncommittedWords

from .answering import ONE, answers, asks, listens, speaks, told
from .answering import run as answer

At = tuple[float, Fact]
HANDOFF, WORDS = (0.0, AgentHandoff("night")), (0.0, WordsCarried(1))
ENTERS, ENTERED = AgentCodeStarted("c", "on_enter"), AgentCodeEnded("c", "on_enter", "done")
WHOLE = [HANDOFF, WORDS, (0.0, ENTERS), (0.0, ENTERED)]
ENDED: list[Fact] = [EndRequested("agent_ended"), SessionClosed("x"), Ended("completed")]
OFF: list[Fact] = [QuietChanged("mute"), TransferStarted("x"), PauseChanged("amd", True), PauseChanged("keys", True)]
ON: list[Fact] = [QuietChanged(""), TransferEnded("failed"), PauseChanged("amd", False), PauseChanged("keys", False)]


def run(*facts: At) -> list[float]:
    """Return the times at which the policy requests the answer."""
    policy, times, waiting, now = CarriedWordsPolicy(), list[float](), list(facts), 0.0
    while waiting or policy.deadline is not None:
        due = policy.deadline if policy.deadline is not None else math.inf
        now = max(now, min(due, waiting[0][0] if waiting else math.inf))
        fact = waiting.pop(0)[1] if waiting and waiting[0][0] <= now else Tick()
        decisions: list[Decision] = [*policy.handle(fact, now)]
        assert all(isinstance(one, AnswerCarriedWords) and one.why for one in decisions)
        times += [round(now, 2)] * len(decisions)
    return times


def test_the_answer_follows_the_first_line_of_on_enter() -> None:
    assert run(*WHOLE) == run(*WHOLE, (0.05, Tick())) == [SETTLE]
    line: list[At] = [(0.05, SpeechCreated("s", "say")), (3.0, SpeechEnded("s"))]
    assert run(*WHOLE, *line) == [3.0 + SETTLE]
    assert run(HANDOFF, WORDS, (0.0, ENTERS), *line, (9.0, ENTERED)) == [3.0 + SETTLE]


def test_an_on_enter_that_works_delays_the_answer_for_a_second() -> None:
    assert run(HANDOFF, WORDS, (0.5, ENTERS), (8.0, ENTERED)) == [0.5 + ENTRY]
    assert run(HANDOFF, WORDS, (0.5, ENTERS), (0.7, ENTERED)) == [0.8]
    assert run(HANDOFF, WORDS) == []  # the agent has not started


def test_a_suspended_speech_does_not_delay_the_answer_of_a_task() -> None:
    opened: list[At] = [(0.0, SpeechCreated("s", "generate_reply")), (0.0, AgentHandoff("task", 1)), WORDS]
    assert run(*opened, (0.0, ENTERS), (0.0, ENTERED)) == [SETTLE]
    returned: list[At] = [(5.0, AgentHandoff("desk", 0)), (5.0, WordsCarried(1)), (7.0, SpeechEnded("s"))]
    assert run(*opened[:2], *returned) == [7.0 + SETTLE]


def test_a_sound_or_words_of_the_caller_delay_the_answer() -> None:
    speaks, silent = CallerStateChanged("speaking", 0.0), CallerStateChanged("listening", 0.0)
    assert run(*WHOLE, (0.05, speaks)) == [6.05]
    assert run(*WHOLE, (0.05, speaks), (2.0, silent)) == [2.7]
    words = TranscriptReceived("and", final=False)
    assert run(*WHOLE, (0.05, speaks), (1.0, words), (2.0, silent)) == [7.0]
    assert run((0.0, words), *WHOLE) == [SETTLE]
    assert run(*WHOLE, (0.05, TranscriptReceived("mhm", final=True, backchannel=True))) == [SETTLE]


def test_a_turn_that_is_complete_contains_the_words() -> None:
    assert run(*WHOLE, (0.05, TurnCommitted())) == []
    assert run(*WHOLE, (1.0, TurnCommitted(carried=True))) == [SETTLE]


@pytest.mark.parametrize("fact", [*ENDED, *OFF, ContextReset(0), SpeechRedacted()])
def test_nobody_answers_after_the_call_ends_or_while_the_agent_is_quiet(fact: Fact) -> None:
    assert run(*WHOLE, (0.05, fact)) == []
    assert InputState().drops(fact)


def test_words_are_kept_again_when_the_agent_answers_again() -> None:
    for off, on in ((ENDED[0], EndCancelled("caller_spoke")), *zip(OFF, ON, strict=True)):
        state = InputState()
        assert (state.drops(off), state.off) == (True, True), off
        assert (state.drops(on), state.off) == (True, False), on
        assert run((0.0, off), *WHOLE) == []
    state = InputState()
    assert not any(state.drops(fact) for fact in (ActionDone("stt"), PauseChanged("people", True)))


def heard(*texts: str) -> UncommittedWords:
    words = UncommittedWords()
    for at, text in enumerate(texts):
        words.hear(text, float(at), within=5.0)
    return words


def test_the_words_of_committed_turns_and_the_words_before_them_are_gone() -> None:
    for committed, left in (
        ("a b", ["c d"]),
        ("a  b c d", []),
        ("c d", []),
        ("x", ["a b", "c d"]),
        ("", ["a b", "c d"]),
    ):
        words = heard(" a b", "c d")
        assert words.commit(committed) is (committed not in ("x", "")), committed
        assert words.take(within=9.0, now=2.0) == left, committed
    words = heard("a")
    words.clear()
    assert words.take(within=9.0, now=2.0) == []


def test_words_that_livekit_dropped_before_the_change_of_agents_are_too_old() -> None:
    assert heard("a").take(within=5.0, now=6.0) == []
    for began, left in ((2.0, ["a"]), (6.0, [])):
        words = heard("a")
        words.sound(began, on=True, within=5.0)
        assert words.take(within=5.0, now=20.0) == left, began
    words = heard("a")
    words.sound(2.0, on=True, within=5.0)
    words.sound(9.0, on=False, within=5.0)
    assert words.take(within=5.0, now=13.0) == ["a"]
    words = heard("a")
    words.hear("b", 9.0, within=5.0)
    words.leave(11.0, within=5.0)
    words.leave(30.0, within=5.0)
    words.hear("c", 31.0, within=5.0)
    assert words.take(within=5.0, now=60.0) == ["b", "c"]
    assert words.take(within=5.0, now=60.0) == []


def test_the_answer_policy_waits_from_the_handoff_if_nothing_was_awaited() -> None:
    before: list[At] = [listens(0), *asks(1, 2), *answers(2.5, 3)]
    facts: list[At] = [*before, (9.0, AgentHandoff("night")), (9.0, WordsCarried(1)), (9.0, ENTERS)]
    assert told(answer(facts, until=13))[:1] == [(11.5, ONE)]
    line: list[At] = [(9.0, SpeechCreated("line", "say")), speaks(9.1), (9.2, ENTERED), listens(11.0)]
    turn: list[At] = [(11.0, SpeechEnded("line")), (11.1, TurnCommitted(carried=True))]
    assert told(answer([*facts, *line], until=40)) == []
    assert told(answer([*facts, *line, *turn], until=15))[:1] == [(13.6, ONE)]


def test_words_of_an_awaited_turn_do_not_restart_the_waiting_time() -> None:
    facts: list[At] = [listens(0), *asks(1, 2), (3.0, WordsCarried(1))]
    assert told(answer(facts, until=5)) == [(4.5, ONE)]
