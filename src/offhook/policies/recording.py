"""Starts the recording of a call, after the caller's consent if the plan asks for it."""

from collections.abc import Sequence
from typing import ClassVar, Literal

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
    HangUpDone,
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
from offhook.core.recording import Consent, ConsentAnswer, Recording, answer_in
from offhook.policies.greeting import TAG as GREETING

__all__ = ["TAG", "RecordingPolicy"]

TAG = "consent"
_HOLD = 3.0
"""While the caller speaks, the deadline is at least this many seconds from now, so that no answer is cut off."""
_LONGEST = 3.0
"""A postponed deadline is at most this many times `Consent.timeout` after the end of the question."""


class RecordingPolicy:
    """Asks for consent after the greeting, when the session can speak to the caller. The first clear answer counts.

    Words and keys count as an answer from the moment at which the question starts to play.
    """

    name: ClassVar[str] = "recording"

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._active = self._started = self._detecting = self._quiet = False
        self._greeted = True
        self._stage: Literal["waiting", "saying", "audible", "open", "done"] = "waiting"
        self._opened_at = 0.0
        self._untold = ""
        self.deadline: float | None = None

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        if self._stage == "done":
            return self._tell(fact)
        self._notice(fact)
        consent = self._recording.consent if self._recording is not None else None
        if self._stage == "waiting":
            return self._begin(fact, consent)
        assert consent is not None  # the stages after "waiting" are reached only with a consent step
        answered = self._asked(fact, consent, now)
        return [*answered, *self._tell(fact)]

    def _notice(self, fact: Fact) -> None:
        """Store the facts that decide when the question can be asked."""
        match fact:
            case Planned(recording=recording, greeting=greeting):
                self._recording, self._greeted = recording, not greeting
            case CallerFound(active=True) | CallerStatus(status="active"):
                self._active = True
            case SessionStarted():
                self._started = True
            case PauseChanged(why="amd", paused=paused):
                self._detecting = paused
            case QuietChanged(mode=mode):
                self._quiet = bool(mode)
                self._greeted = self._greeted or self._quiet  # a quiet agent does not greet, so no greeting is awaited
            case LinePlayed(tag=tag) if tag == GREETING:
                self._greeted = True

    def _begin(self, fact: Fact, consent: Consent | None) -> Sequence[Decision]:
        if self._recording is None:
            return ()
        match fact:
            case AnsweredBy(who="voicemail" | "mailbox_full" | "screening") if consent is not None:
                return self._answer("no", "not_asked", why="a machine answered, so nobody can consent")
            case EndRequested() | CallerLeft() | HangUpDone() if consent is not None:
                return self._answer("no", "call_over", why="the call ends before the question")
        if self._detecting or not (self._active and self._started):
            return ()
        if consent is None:
            self._stage = "done"
            return [StartRecording(why="the plan records without a consent step")]
        if self._quiet or not self._greeted:
            return ()
        self._stage = "saying"
        asks = consent.kind == "question"
        return [Say(consent.text, tag=TAG, interruptible=asks, why=f"the recording needs a {consent.kind}")]

    def _asked(self, fact: Fact, consent: Consent, now: float) -> Sequence[Decision]:
        match fact:
            case LinePlayed(tag=tag, error=error) if tag == TAG:
                return self._played(error, consent, now)
            case AgentStateChanged(state="speaking") if self._stage == "saying":
                self._stage = "audible"
            case EndRequested() | CallerLeft() | HangUpDone():
                return self._answer("no", "call_over", why="the call ends before an answer")
            case Tick() if self.deadline is not None and now >= self.deadline:
                return self._declined(consent, "timeout", why=f"no answer within {consent.timeout:g} s counts as no")
            case _ if self._stage != "saying" and consent.kind == "question":
                return self._heard(fact, consent, now)
        return ()

    def _played(self, error: str, consent: Consent, now: float) -> Sequence[Decision]:
        if error:
            return self._answer("no", "not_asked", why="the caller did not hear the line about the recording")
        if consent.kind == "notice":
            return self._answer("yes", "notice", why="the caller heard the notice")
        self._stage, self._opened_at, self.deadline = "open", now, now + consent.timeout
        return ()

    def _heard(self, fact: Fact, consent: Consent, now: float) -> Sequence[Decision]:
        match fact:
            case KeyPressed(digit=digit) if digit and digit.upper() == consent.yes_key:
                thanks = [Say(consent.accepted, tag=TAG, why="the caller consented by key")] if consent.accepted else []
                return [*self._answer("yes", "key", digit, why="the caller pressed the key for yes"), *thanks]
            case KeyPressed(digit=digit) if digit and digit.upper() == consent.no_key:
                return self._declined(consent, "key", digit, why="the caller pressed the key for no")
            case TranscriptReceived(text=text, final=True) | MessageCommitted(role="user", text=text):
                return self._words(text, consent, now)
            case TranscriptReceived() | CallerStateChanged(state="speaking"):
                self._hold(consent, now)
        return ()

    def _words(self, text: str, consent: Consent, now: float) -> Sequence[Decision]:
        match answer_in(text, consent):
            case "yes":
                return self._answer("yes", "words", text, why="the caller said yes")
            case "no":
                return self._declined(consent, "words", text, why="the caller said no")
        self._hold(consent, now)
        return ()

    def _hold(self, consent: Consent, now: float) -> None:
        """Postpone the deadline, because the caller is speaking."""
        if self.deadline is not None:
            last = self._opened_at + _LONGEST * consent.timeout
            self.deadline = max(self.deadline, min(now + _HOLD, last))

    def _declined(
        self, consent: Consent, how: Literal["words", "key", "timeout"], said: str = "", *, why: str
    ) -> Sequence[Decision]:
        self._untold = consent.declined
        return self._answer("no", how, said, why=why)

    def _tell(self, fact: Fact) -> Sequence[Decision]:
        """After the caller has declined, say that the call is not recorded. If the caller said no, first wait for the
        end of the caller's turn, because the turn would interrupt the line.
        """
        match fact:
            case MessageCommitted(role="user") | KeyPressed() | Tick() if self._untold:
                text, self._untold = self._untold, ""
                return [Say(text, tag=TAG, why="the call is not recorded")]
        return ()

    def _answer(
        self,
        answer: ConsentAnswer,
        how: Literal["notice", "words", "key", "timeout", "not_asked", "call_over"],
        said: str = "",
        *,
        why: str,
    ) -> Sequence[Decision]:
        self._stage, self.deadline = "done", None
        decision = AnswerConsent(answer, how, said, why=why)
        return [decision, StartRecording(why="the caller consents")] if answer == "yes" else [decision]
