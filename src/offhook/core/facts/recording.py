"""Facts about the recording of a call: the caller's consent, the recording itself, and where its file is."""

from dataclasses import dataclass
from typing import Literal

from offhook.core.facts.base import Fact
from offhook.core.recording import ConsentAnswer

__all__ = [
    "ConsentAnswered",
    "RecordingDiscarded",
    "RecordingFailed",
    "RecordingKept",
    "RecordingPaused",
    "RecordingResumed",
    "RecordingStarted",
    "RecordingStored",
]


@dataclass(frozen=True, slots=True)
class ConsentAnswered(Fact):
    """Whether the caller consents to the recording (`answer`), and how the caller answered (`how`). `said` has the
    caller's words or the phone key.

    "notice": the caller heard the notice and does not have to answer. "timeout": no answer came in time; this counts as
    no. "not_asked": the caller did not hear the question, or an answering machine took the call. "call_over": the call
    ended before an answer.
    """

    answer: ConsentAnswer
    how: Literal["notice", "words", "key", "timeout", "not_asked", "call_over"]
    said: str = ""


@dataclass(frozen=True, slots=True)
class RecordingStarted(Fact):
    """The recording started. The recording does not contain earlier speech."""


@dataclass(frozen=True, slots=True)
class RecordingPaused(Fact):
    """Until `RecordingResumed`, the recording has only silence, and the journal keeps no words and no phone keys."""

    by: str = "code"


@dataclass(frozen=True, slots=True)
class RecordingResumed(Fact):
    """The recording goes on, after a pause of `seconds`."""

    seconds: float
    by: str = "code"


@dataclass(frozen=True, slots=True)
class RecordingDiscarded(Fact):
    """The earlier part of the recording was deleted, because the earlier speech was redacted. A new recording starts
    at once.
    """

    why: str


@dataclass(frozen=True, slots=True)
class RecordingKept(Fact):
    """The recording has ended and is in the file `path`.

    `started_at` is the Unix time of the first audio sample. `gaps` has the start and the end of each pause, in seconds
    from the start of the recording. `complete` is False if audio is missing at the end, because the job process died or
    the disk was full.
    """

    path: str
    sha256: str
    bytes: int
    seconds: float
    started_at: float
    gaps: tuple[tuple[float, float], ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class RecordingStored(Fact):
    """The recording's file is at its final place, `url`. The URL contains no password."""

    url: str
    sha256: str
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RecordingFailed(Fact):
    """A `stage` of the recording failed: the call is not recorded ("start"), no file was kept ("keep"), or the file
    could not be uploaded ("upload").

    After a failed upload, the file stays on this machine. The next attempt is at the Unix time `retry_at`; after a
    `final` failure, the next attempt is at the next start of a worker.
    """

    stage: Literal["start", "keep", "upload"]
    error: str
    attempt: int = 1
    retry_at: float = 0.0
    final: bool = True
