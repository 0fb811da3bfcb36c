"""Decides which records are written without words.

Words that are said while the audio recording is paused must not be in the journal either. If a part of a text was said
during the pause, the journal gets no word of this text.
"""

from offhook.core.decisions import Decision
from offhook.core.facts import (
    AgentStateChanged,
    CallAnalysed,
    CallerStateChanged,
    Ended,
    Fact,
    HangUpDone,
    HookRan,
    MessageAdded,
    MessageCommitted,
    QuietChanged,
    RecordingDiscarded,
    RecordingFailed,
    RecordingKept,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStored,
    SpeechNotPlayed,
    ToolEnded,
    ToolStarted,
    TranscriptReceived,
)

__all__ = ["UnrecordedSpeech"]

_LATE = 3.0
"""A transcript may arrive up to this many seconds after the end of the caller's speech."""
_NO_SPEECH = (
    CallAnalysed,  # the analysis does not read messages that were spoken during the pause
    Ended,
    HangUpDone,
    HookRan,
    RecordingDiscarded,
    RecordingFailed,
    RecordingKept,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStored,
)


class UnrecordedSpeech:
    """Takes every fact and decision of one call, in order, and decides which must have no words. Does no I/O."""

    def __init__(self) -> None:
        self._paused = False
        self._resumed_at = 0.0
        self._caller = _Caller()
        self._agent = _Agent()
        self._running: set[str] = set()
        self._tools: set[str] = set()
        self._quiet = self._remembered = False

    def hides(self, what: Fact | Decision, now: float) -> bool:
        """Return True if this record must have no words. `now` and the `since` of facts are times on the same clock."""
        match what:
            case RecordingPaused():
                self._pause()
            case RecordingResumed():
                self._resume(now)
            case QuietChanged(mode=mode):
                self._quiet, self._remembered = bool(mode), self._remembered and not mode
        self._remembered = self._remembered or (self._paused and self._quiet)
        late = self._late(what)
        return (self._paused or late) and not isinstance(what, _NO_SPEECH)

    def _pause(self) -> None:
        self._paused = True
        self._tools |= self._running
        self._caller.pause()
        self._agent.pause()

    def _resume(self, now: float) -> None:
        self._paused, self._resumed_at = False, now
        self._agent.resume()

    def _late(self, what: Fact | Decision) -> bool:
        """Return True if the words of this fact were said during a recording pause, even if the pause is over."""
        match what:
            case CallerStateChanged():
                self._caller.turn(what, paused=self._paused)
            case AgentStateChanged():
                self._agent.turn(what, paused=self._paused)
            case TranscriptReceived(text=text):
                return self._caller.heard(text, paused=self._paused)
            case MessageCommitted():
                return self._late_message(what)
            case SpeechNotPlayed():
                return self._agent.tainted
            case MessageAdded():
                return self._remembered  # the message may quote words from a pause in which the agent was quiet
            case ToolStarted() | ToolEnded():
                return self._late_tool(what)
        return False

    def _late_message(self, fact: MessageCommitted) -> bool:
        if fact.role == "user":
            return self._caller.commit(paused=self._paused)
        if fact.since is not None:  # a line that was played outside the session's speech queue
            return fact.since < self._resumed_at
        return fact.role == "assistant" and self._agent.commit()

    def _late_tool(self, fact: ToolStarted | ToolEnded) -> bool:
        if isinstance(fact, ToolEnded):
            self._running.discard(fact.id)
            return fact.id in self._tools
        self._running.add(fact.id)
        if self._paused:
            self._tools.add(fact.id)
        return False


class _Caller:
    """The caller's speech. `tainted` is True if words that were said during the pause may still arrive, in a transcript
    or in the message of this turn.
    """

    def __init__(self) -> None:
        self.tainted = False
        self._speaking = self._pending = False
        self._silent_since = 0.0

    def pause(self) -> None:
        self.tainted = self.tainted or self._speaking or self._pending

    def turn(self, fact: CallerStateChanged, *, paused: bool) -> None:
        speaking = fact.state == "speaking"
        if speaking and not self._speaking and not self._pending and fact.since > self._silent_since + _LATE:
            self.tainted = False  # no transcript came in time, so the sound during the pause had no words
        if self._speaking and not speaking:
            self._silent_since = fact.since
        self._speaking = speaking
        self.tainted = self.tainted or (paused and speaking)

    def heard(self, text: str, *, paused: bool) -> bool:
        self._pending = self._pending or bool(text.strip())
        self.tainted = self.tainted or paused
        return self.tainted

    def commit(self, *, paused: bool) -> bool:
        hidden = self.tainted
        self._pending = False
        self.tainted = self._speaking and (paused or self.tainted)
        return hidden


class _Agent:
    """The agent's speech. `tainted` is True if a part of the latest speech was played during the pause, and the message
    with the words of this speech has not arrived yet.
    """

    def __init__(self) -> None:
        self.tainted = False
        self._speaking = False

    def pause(self) -> None:
        self.tainted = self.tainted or self._speaking

    def resume(self) -> None:
        self.tainted = self.tainted or self._speaking

    def turn(self, fact: AgentStateChanged, *, paused: bool) -> None:
        speaking = fact.state == "speaking" or fact.playing
        if speaking and not self._speaking:
            self.tainted = paused  # the last message has come: LiveKit commits it before the next speech
        self._speaking = speaking

    def commit(self) -> bool:
        hidden, self.tainted = self.tainted, False
        return hidden
