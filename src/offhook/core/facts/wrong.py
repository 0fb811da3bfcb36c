"""What goes wrong."""

from dataclasses import dataclass

__all__ = [
    "AskedBeside",
    "HandlerFailed",
    "HearingLost",
    "HookRan",
    "ModelFailed",
    "ToolRefused",
    "VoiceStalled",
    "Warned",
]


@dataclass(frozen=True, slots=True)
class ModelFailed:
    """A model (ears, brain or voice) reported an error; LiveKit may still recover."""

    stage: str
    recoverable: bool
    error: str


@dataclass(frozen=True, slots=True)
class VoiceStalled:
    """The agent's voice broke off in mid-sentence: nothing more comes from it, and nothing says that it is done."""

    since: float
    heard: float = 0.0


@dataclass(frozen=True, slots=True)
class HearingLost:
    """The recogniser broke off, and was deaf for so long: until it was connected again, or had words again.

    `voice`: so many seconds of what the caller was just saying went with it, for it had not been understood for good.
    """

    since: float
    seconds: float
    voice: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class AskedBeside:
    """The model was asked a second time, beside a request that gives nothing yet; the first answer counts."""


@dataclass(frozen=True, slots=True)
class ToolRefused:
    """The model called a tool once too often; it was not run, and the model was told to answer in words."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class HandlerFailed:
    """Somebody's event handler raised; the call went on."""

    event: str
    error: str


@dataclass(frozen=True, slots=True)
class HookRan:
    """A function of the plan's that runs after the call is done, or was given up."""

    name: str
    seconds: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something about this call is not as it should be, and the call goes on."""

    text: str
