"""Facts about the conversation: speech, phone keys, response times and the usage of models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from offhook.core.facts.base import Fact
from offhook.core.usage import ModelUsage

__all__ = [
    "ActionDone",
    "AgentHandoff",
    "AgentStateChanged",
    "CallerStateChanged",
    "EndpointingChanged",
    "EndpointingChosen",
    "KeyPressed",
    "LinePlayed",
    "MessageCommitted",
    "ResponseTimed",
    "SpeechNotPlayed",
    "TranscriptReceived",
    "UsageUpdated",
]


@dataclass(frozen=True, slots=True)
class AgentStateChanged(Fact):
    """The agent is now in this state.

    `speech` is the id of a speech that the agent's code started (`session.say`, `session.generate_reply`). `speech` is
    empty for an answer to the caller and for a reply to a tool result. `playing`: a speech is still being played
    although the state has changed, because LiveKit also changes the state when a tool ends.
    """

    state: Literal["initializing", "idle", "listening", "thinking", "speaking"]
    since: float
    speech: str = ""
    playing: bool = False


@dataclass(frozen=True, slots=True)
class AgentHandoff(Fact):
    """Another agent takes over: by a handoff, or because an `AgentTask` starts or ends.

    `depth` is the number of open `AgentTask`s. The agent that opened a task waits for the end of the task.
    """

    agent: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class CallerStateChanged(Fact):
    """The caller is now in this state; the VAD decides between "speaking" and "listening".

    When the caller stops speaking, `since` is the end of the caller's speech. `manual`: the agent's own code ends turns
    (push-to-talk). With push-to-talk, the transcript may arrive only at the end of the turn.
    """

    state: Literal["speaking", "listening", "away"]
    since: float
    manual: bool = False


@dataclass(frozen=True, slots=True)
class TranscriptReceived(Fact):
    """The STT returned a transcript, interim or final.

    `backchannel`: while the agent spoke, the caller said only words such as "mhm" or "okay". offhook withholds these
    words from LiveKit, so these words do not interrupt the agent, and the model does not answer them.
    """

    text: str
    final: bool
    backchannel: bool = False


@dataclass(frozen=True, slots=True)
class EndpointingChosen(Fact):
    """offhook chose how long the agent waits in this silence of the caller: `wait` seconds after the last sound. If the
    caller speaks again, the wait ends.

    `probability` is the turn detector's probability that the turn has ended; None if no detector answered. `preset` is
    the name of the `Patience` preset that was used ("own numbers" if there was none), and `why` has the reasons. A turn
    has several `EndpointingChosen` facts if the caller pauses several times, or if a transcript arrives during the
    wait; the last fact counts.
    """

    wait: float
    probability: float | None
    preset: str
    why: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class EndpointingChanged(Fact):
    """The preset for the end of turns (the patience) was changed, from now on or only for the caller's next turn
    (`once`).
    """

    preset: str
    once: bool = False
    by: str = "code"


@dataclass(frozen=True, slots=True)
class MessageCommitted(Fact):
    """A message was added to the conversation. For a message of the agent, `text` has only the words that were played.

    `since` is the start of playout. It is set only for a line that was played outside the session's speech queue,
    because no `AgentStateChanged` reports the start of such a line.
    """

    role: Literal["user", "assistant", "system", "developer"]
    text: str
    interrupted: bool = False
    answered_in: float | None = None
    since: float | None = None


@dataclass(frozen=True, slots=True)
class ResponseTimed(Fact):
    """The response latency of one answer. `heard`: seconds from the end of the caller's speech to the first audio.

    `heard` has three parts, also in seconds: `committed` is the time until the end of turn, `model` is the time from
    then until the first token of the LLM, and `voice` is the time from this token until the first audio of the TTS. A
    part that is not known is None, for example with a Realtime model.
    """

    heard: float
    committed: float | None = None
    model: float | None = None
    voice: float | None = None


@dataclass(frozen=True, slots=True)
class SpeechNotPlayed(Fact):
    """A text was not played: LiveKit reports the text as spoken, but the TTS gave no audio for the text. `heard`: the
    seconds of audio that the TTS gave for the other words of the message.
    """

    text: str
    heard: float = 0.0


@dataclass(frozen=True, slots=True)
class KeyPressed(Fact):
    """The caller pressed a phone key."""

    digit: str


@dataclass(frozen=True, slots=True)
class LinePlayed(Fact):
    """The line of a decision (`Say` or `Ask`) was played, was interrupted, or failed (`error`)."""

    tag: str
    interrupted: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class ActionDone(Fact):
    """The action of a decision is done, or failed (`error`). `detail` says how the action was done."""

    tag: str
    error: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class UsageUpdated(Fact):
    """The total usage of all models on this call until now, and the usage of each model (`models`).

    The input and output tokens include the audio tokens and the cached tokens. `heard` (STT) and `spoken` (TTS) are
    seconds of audio.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    characters: int = 0
    heard: float = 0.0
    spoken: float = 0.0
    input_audio_tokens: int = 0
    cached_audio_tokens: int = 0
    output_audio_tokens: int = 0
    models: Sequence[ModelUsage] = ()
