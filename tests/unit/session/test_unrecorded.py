"""While the recording is paused, records are written without words, also those that come after the pause."""

import pytest

from offhook.core.commands.verbs.say import SayCommand
from offhook.core.decisions import Decision, Say
from offhook.core.facts import (
    AgentStateChanged,
    CallerStateChanged,
    CommandReceived,
    Ended,
    Fact,
    KeyPressed,
    MessageAdded,
    MessageCommitted,
    QuietChanged,
    RecordingPaused,
    RecordingResumed,
    SpeechNotPlayed,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
)
from offhook.engine.unrecorded import UnrecordedSpeech

PAUSE, RESUME = RecordingPaused(), RecordingResumed(1.0)
USER, AGENT = MessageCommitted("user", "words"), MessageCommitted("assistant", "words")
HEARD = TranscriptReceived("words", final=True)


def caller(state: str, since: float) -> Fact:
    return CallerStateChanged(state, since)  # type: ignore[arg-type]  # a state


def agent(state: str, since: float = 0.0, *, playing: bool = False) -> Fact:
    return AgentStateChanged(state, since, playing=playing)  # type: ignore[arg-type]  # a state


def hidden(*facts: Fact | Decision, now: float = 10.0) -> list[bool]:
    speech = UnrecordedSpeech()
    return [speech.hides(fact, now) for fact in facts]


def test_outside_of_a_pause_every_word_is_kept() -> None:
    assert not any(hidden(caller("speaking", 1.0), HEARD, USER, agent("speaking"), AGENT, ToolStarted("1", "a", "{}")))


def test_in_a_pause_no_word_and_no_key_is_kept() -> None:
    said = [HEARD, USER, AGENT, KeyPressed("4"), Say("words", tag="x"), ToolStarted("1", "pay", "{}")]
    command = CommandReceived("1", "desk", SayCommand("words"))
    assert hidden(PAUSE, *said, command, RESUME) == [False, *[True] * 7, False]
    assert hidden(PAUSE, Ended("completed", "detail")) == [False, False]


def test_what_the_caller_began_before_the_pause_loses_its_words() -> None:
    facts = (caller("speaking", 1.0), PAUSE, RESUME, caller("listening", 2.0), HEARD, USER, USER)
    assert hidden(*facts)[-3:] == [True, True, False]
    assert hidden(HEARD, PAUSE, RESUME, USER, USER) == [False, False, False, True, False]


def test_a_late_transcript_of_the_pause_loses_its_words() -> None:
    facts = (PAUSE, caller("speaking", 1.0), caller("listening", 2.0), RESUME, caller("speaking", 4.0), HEARD, USER)
    assert hidden(*facts)[-2:] == [True, True]


def test_a_sound_without_words_in_the_pause_costs_no_later_turn() -> None:
    facts = (PAUSE, caller("speaking", 1.0), caller("listening", 2.0), RESUME, caller("speaking", 5.1), HEARD, USER)
    assert hidden(*facts)[-2:] == [False, False]


def test_a_caller_who_speaks_on_over_the_end_of_the_pause_loses_the_whole_turn() -> None:
    facts = (PAUSE, caller("speaking", 1.0), HEARD, USER, RESUME, HEARD, USER, caller("listening", 9.0), USER, USER)
    assert hidden(*facts)[-5:] == [True, True, False, True, False]


@pytest.mark.parametrize("state", [agent("speaking"), agent("thinking", playing=True)])
def test_what_the_agent_says_over_an_end_of_the_pause_loses_its_words(state: Fact) -> None:
    assert hidden(state, PAUSE, RESUME, AGENT, AGENT)[-2:] == [True, False]
    assert hidden(PAUSE, state, RESUME, SpeechNotPlayed("words"), AGENT, AGENT)[-3:] == [True, True, False]


def test_a_second_speech_without_a_change_of_the_state_is_hidden_too() -> None:
    assert hidden(PAUSE, agent("speaking"), AGENT, RESUME, AGENT, AGENT)[-2:] == [True, False]


def test_what_the_agent_says_after_the_pause_is_kept() -> None:
    facts = (PAUSE, agent("speaking"), agent("listening"), RESUME, agent("speaking", 11.0), AGENT)
    assert hidden(*facts)[-1] is False


def test_a_line_outside_of_the_queue_counts_by_its_start() -> None:
    early, late = (MessageCommitted("assistant", "words", since=since) for since in (9.0, 11.0))
    assert hidden(PAUSE, RESUME, early, late) == [False, False, True, False]


def test_a_tool_that_ran_in_the_pause_has_no_result() -> None:
    start, end = ToolStarted("1", "pay", "{}"), ToolEnded("1", "done", "4111")
    assert hidden(start, PAUSE, RESUME, end) == [False, False, False, True]
    assert hidden(PAUSE, start, RESUME, end) == [False, True, False, True]
    assert hidden(start, end, PAUSE, RESUME)[:2] == [False, False]


def test_what_was_said_to_a_colleague_in_the_pause_is_not_told_later() -> None:
    told = MessageAdded("system", "Meanwhile ...")
    assert hidden(QuietChanged("takeover"), PAUSE, RESUME, told, QuietChanged(""), told)[-3:] == [True, False, True]
    assert hidden(QuietChanged("takeover"), PAUSE, RESUME, QuietChanged("mute"), told)[-1] is False
    assert hidden(QuietChanged("takeover"), told, QuietChanged(""), PAUSE, RESUME, told)[-1] is False
