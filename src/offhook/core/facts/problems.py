"""Facts about problems: failures of models, handlers and hooks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offhook.core.facts.base import Fact

__all__ = [
    "CallAnalysed",
    "HandlerFailed",
    "HookRan",
    "ModelFailed",
    "RequestHedged",
    "SttInterrupted",
    "TtsResumed",
    "TtsStalled",
    "Warned",
]


@dataclass(frozen=True, slots=True)
class ModelFailed(Fact):
    """A model (STT, LLM, TTS or Realtime) reported an error; LiveKit may recover.

    `busy`: a Realtime model refused to start an answer, because an earlier answer is not complete. The earlier answer
    continues.
    """

    stage: str
    recoverable: bool
    error: str
    busy: bool = False


@dataclass(frozen=True, slots=True)
class TtsStalled(Fact):
    """The audio of the TTS stopped in the middle of a sentence: no more audio arrives, and no event reports the end.
    `heard`: the seconds of audio that arrived before the stop.
    """

    since: float
    heard: float = 0.0


@dataclass(frozen=True, slots=True)
class TtsResumed(Fact):
    """The audio of the TTS continues after `TtsStalled`."""


@dataclass(frozen=True, slots=True)
class SttInterrupted(Fact):
    """The STT lost its connection. `seconds`: the time until the STT was connected again or returned a transcript.

    `voice`: how many seconds of the caller's speech may be lost, because this speech had no final transcript yet.
    """

    since: float
    seconds: float
    voice: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class RequestHedged(Fact):
    """A second LLM request was sent, because the first request has given no output yet. offhook uses the answer that
    begins first.
    """


@dataclass(frozen=True, slots=True)
class HandlerFailed(Fact):
    """An event handler in the user's code raised or timed out; the call continues."""

    event: str
    error: str


@dataclass(frozen=True, slots=True)
class HookRan(Fact):
    """An `after` hook of the plan finished, failed or timed out (`error`)."""

    name: str
    seconds: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class CallAnalysed(Fact):
    """A function or a model (`by`) analysed the call. The fact has the result, or the `error` if the analysis failed.

    `offhook analyse` writes this fact again, after the end of the call.
    """

    summary: str = ""
    disposition: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    by: str = ""
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Warned(Fact):
    """A warning about this call; the call continues."""

    text: str
