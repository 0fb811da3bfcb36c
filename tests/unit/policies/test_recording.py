"""The recording starts with the session, or after the caller's consent; without a clear yes, it does not start."""

from collections.abc import Sequence

import pytest

from offhook.core.decisions import AnswerConsent, Decision, Say, StartRecording
from offhook.core.facts import (
    AgentStateChanged,
    AnsweredBy,
    CallerFound,
    CallerLeft,
    CallerStateChanged,
    CallerStatus,
    EndRequested,
    Fact,
    KeyPressed,
    LinePlayed,
    MessageCommitted,
    PauseChanged,
    Planned,
    QuietChanged,
    SessionStarted,
    Tick,
    TranscriptReceived,
)
from offhook.core.recording import Consent, Recording
from offhook.policies.recording import RecordingPolicy

ASK = Consent(text="May we record?")
TELL = Consent(text="This call is recorded.", kind="notice")
WEB = CallerFound("anna", phone=False, active=True)
START = StartRecording(why="the caller consents")
QUESTION = Say("May we record?", tag="consent", why="the recording needs a question")
NOTICE = Say("This call is recorded.", tag="consent", interruptible=False, why="the recording needs a notice")
THANKS = Say("Thank you.", tag="consent", why="the caller consented by key")
DECLINED = Say("All right, this call is not recorded.", tag="consent", why="the call is not recorded")
PLAYED = LinePlayed("consent")
SPEAKS = AgentStateChanged("speaking", since=0.0)


def given(policy: RecordingPolicy, *facts: Fact, now: float = 0.0) -> list[Decision]:
    return [decision for fact in facts for decision in policy.handle(fact, now)]


def asked(consent: Consent = ASK) -> RecordingPolicy:
    """The policy after the question was played, at the time 0."""
    policy = RecordingPolicy()
    given(policy, Planned(recording=Recording(consent=consent)), WEB, SessionStarted(), SPEAKS, PLAYED)
    return policy


def shape(decisions: Sequence[Decision]) -> list[object]:
    return [(one.answer, one.how, one.said) if isinstance(one, AnswerConsent) else one for one in decisions]


def test_without_a_recording_nothing_happens() -> None:
    assert given(RecordingPolicy(), Planned(), WEB, SessionStarted(), PLAYED, EndRequested("completed")) == []


def test_without_a_consent_step_the_recording_starts_with_the_session_and_the_caller() -> None:
    policy = RecordingPolicy()
    phone = CallerFound("sip", phone=True, active=False)
    assert given(policy, Planned(recording=Recording(consent=None)), phone, SessionStarted()) == []
    assert given(policy, CallerStatus("active")) == [StartRecording(why="the plan records without a consent step")]
    assert given(policy, WEB, SessionStarted(), EndRequested("completed")) == []


def test_the_question_comes_after_the_greeting() -> None:
    policy = RecordingPolicy()
    planned = Planned(greeting="Hello.", recording=Recording(consent=ASK))
    assert given(policy, planned, WEB, SessionStarted(), SPEAKS) == []
    assert given(policy, LinePlayed("greeting")) == [QUESTION]
    assert given(policy, LinePlayed("greeting")) == []


@pytest.mark.parametrize(
    ("answer", "decisions"),
    [
        (TranscriptReceived("Yes, sure.", final=True), [("yes", "words", "Yes, sure."), START]),
        (MessageCommitted("user", "okay"), [("yes", "words", "okay"), START]),
        (MessageCommitted("user", "No, not that."), [("no", "words", "No, not that."), DECLINED]),
        (MessageCommitted("user", "yes - don't"), [("no", "words", "yes - don't"), DECLINED]),
        (KeyPressed("1"), [("yes", "key", "1"), START, THANKS]),
        (KeyPressed("2"), [("no", "key", "2"), DECLINED]),
        (KeyPressed("3"), []),
        (TranscriptReceived("yes", final=False), []),
        (MessageCommitted("user", "What do you mean?"), []),
        (MessageCommitted("assistant", "yes"), []),
    ],
)  # fmt: skip
def test_the_answer_is_a_word_or_a_key_and_a_no_counts_before_a_yes(answer: Fact, decisions: list[object]) -> None:
    assert shape(given(asked(), answer, now=2.0)) == decisions


def test_the_line_after_a_spoken_no_waits_for_the_end_of_the_turn() -> None:
    policy = asked()
    assert shape(given(policy, TranscriptReceived("no", final=True))) == [("no", "words", "no")]
    assert given(policy, TranscriptReceived("no", final=True), MessageCommitted("assistant", "What?")) == []
    assert given(policy, MessageCommitted("user", "no")) == [DECLINED]
    assert given(policy, MessageCommitted("user", "no")) == []


def test_only_the_first_answer_counts() -> None:
    policy = asked()
    given(policy, MessageCommitted("user", "no"))
    assert given(policy, MessageCommitted("user", "yes"), KeyPressed("1"), Tick(), now=99.0) == []
    assert policy.deadline is None


def test_lines_without_text_are_not_said() -> None:
    silent = Consent(text="May we?", accepted="", declined="")
    assert shape(given(asked(silent), KeyPressed("1"))) == [("yes", "key", "1"), START]
    assert shape(given(asked(silent), KeyPressed("2"))) == [("no", "key", "2")]


def test_no_answer_in_time_is_a_no_and_the_caller_is_told() -> None:
    policy = asked()
    assert policy.deadline == 10.0
    assert given(policy, Tick(), now=9.9) == []
    assert shape(given(policy, Tick(), now=10.0)) == [("no", "timeout", ""), DECLINED]
    assert policy.deadline is None


def test_a_caller_who_speaks_at_the_end_of_the_time_can_finish_but_not_for_ever() -> None:
    policy = asked()
    given(policy, CallerStateChanged("speaking", since=9.0), now=9.0)
    assert policy.deadline == 12.0
    given(policy, TranscriptReceived("ye", final=False), now=11.0)
    assert policy.deadline == 14.0
    given(policy, CallerStateChanged("listening", since=13.0), now=13.0)
    assert policy.deadline == 14.0
    given(policy, MessageCommitted("user", "well"), now=29.0)
    assert policy.deadline == 30.0


def test_words_and_keys_count_from_the_moment_in_which_the_question_is_heard() -> None:
    policy = RecordingPolicy()
    given(policy, Planned(recording=Recording(consent=ASK)), WEB, SessionStarted())
    assert given(policy, KeyPressed("1"), MessageCommitted("user", "yes")) == []
    given(policy, SPEAKS)
    given(policy, CallerStateChanged("speaking", since=0.0))
    assert policy.deadline is None
    assert shape(given(policy, KeyPressed("1")))[:2] == [("yes", "key", "1"), START]


def test_a_notice_needs_no_answer_and_is_heard_to_its_end() -> None:
    policy = RecordingPolicy()
    assert given(policy, Planned(recording=Recording(consent=TELL)), WEB, SessionStarted()) == [NOTICE]
    assert given(policy, SPEAKS, KeyPressed("1"), MessageCommitted("user", "yes")) == []
    assert shape(given(policy, PLAYED)) == [("yes", "notice", ""), START]


@pytest.mark.parametrize("consent", [ASK, TELL])
def test_a_line_that_the_caller_did_not_hear_is_no_consent(consent: Consent) -> None:
    policy = RecordingPolicy()
    given(policy, Planned(recording=Recording(consent=consent)), WEB, SessionStarted())
    assert shape(given(policy, LinePlayed("consent", error="TimeoutError"))) == [("no", "not_asked", "")]


@pytest.mark.parametrize("over", [EndRequested("completed"), CallerLeft("client_initiated")])
def test_a_call_that_ends_first_was_not_recorded(over: Fact) -> None:
    policy = RecordingPolicy()
    given(policy, Planned(recording=Recording(consent=ASK)))
    assert shape(given(policy, over)) == [("no", "call_over", "")]
    assert shape(given(asked(), over)) == [("no", "call_over", "")]


def test_a_machine_is_not_asked() -> None:
    policy = RecordingPolicy()
    given(policy, Planned(recording=Recording(consent=ASK)), PauseChanged("amd", paused=True))
    assert given(policy, WEB, SessionStarted()) == []
    assert shape(given(policy, AnsweredBy("voicemail"))) == [("no", "not_asked", "")]


def test_a_person_is_asked_after_the_detection() -> None:
    policy = RecordingPolicy()
    given(policy, Planned(recording=Recording(consent=ASK)), PauseChanged("amd", paused=True), WEB, SessionStarted())
    assert given(policy, PauseChanged("hold", paused=False)) == []
    assert given(policy, PauseChanged("amd", paused=False)) == [QUESTION]


def test_a_quiet_agent_asks_when_it_is_back() -> None:
    policy = RecordingPolicy()
    planned = Planned(greeting="Hello.", recording=Recording(consent=ASK))
    assert given(policy, planned, QuietChanged("mute"), WEB, SessionStarted()) == []
    assert given(policy, QuietChanged("")) == [QUESTION]
