"""What is wanted: by policies, tools, commands and the code; and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from offhook.core.ending import EndReason, Scope
from offhook.core.ladder import Silence
from offhook.core.verbs import Verb

__all__ = [
    "Applied",
    "AwayWanted",
    "Commanded",
    "ContextReset",
    "EndCancelled",
    "EndWanted",
    "Failed",
    "Forgotten",
    "InstructionsChanged",
    "MessageAdded",
    "PauseChanged",
    "SilenceChanged",
]


@dataclass(frozen=True, slots=True)
class EndWanted:
    """Someone (a tool, code, a policy, a command) wants the call to end."""

    reason: EndReason
    goodbye: str | None = None
    scope: Scope | None = None
    by: str = "code"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class EndCancelled:
    """The caller spoke into the goodbye and the call goes on."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class AwayWanted:
    """Someone says that the caller is away, or no longer."""

    away: bool
    by: str = "code"


@dataclass(frozen=True, slots=True)
class SilenceChanged:
    """From now on this ladder counts; None: no ladder."""

    silence: Silence | None
    by: str = "code"


@dataclass(frozen=True, slots=True)
class PauseChanged:
    """Silence is expected for a while, or no longer: on hold, in a transfer, while voicemail is looked for.

    `filler`: a line of ours is said beside the session, which tells nobody that somebody speaks.
    """

    why: Literal["hold", "transfer", "amd", "code", "filler"]
    paused: bool
    by: str = "code"


@dataclass(frozen=True, slots=True)
class InstructionsChanged:
    """The agent's instructions were replaced or added to."""

    text: str
    append: bool
    by: str = "code"


@dataclass(frozen=True, slots=True)
class ContextReset:
    """The model no longer sees what was said before."""

    kept: int
    by: str = "code"


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message was put into the context without anybody having said it."""

    role: Literal["user", "assistant", "system", "developer"]
    text: str
    by: str = "code"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was said before is in no context, no history and no journal any more."""

    by: str = "code"


@dataclass(frozen=True, slots=True)
class Commanded:
    """A signed command arrived, was checked and is in the journal."""

    id: str
    by: str
    verb: Verb


@dataclass(frozen=True, slots=True)
class Applied:
    """A command has been carried out."""

    id: str
    result: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """Something that was wished for could not be done."""

    what: str
    error: str
