"""Facts about requests that policies, tools, commands and the agent's code make, and about the results."""

from dataclasses import dataclass
from typing import Literal

from offhook.core.commands.base import Command
from offhook.core.decisions import CommandStatus
from offhook.core.ending import EndReason, Scope
from offhook.core.facts.base import Fact
from offhook.core.headers import Header
from offhook.core.ladder import Silence

__all__ = [
    "ActionFailed",
    "AwayRequested",
    "CommandReceived",
    "CommandRefused",
    "CommandResult",
    "ContextReset",
    "EndCancelled",
    "EndRequested",
    "InstructionsChanged",
    "MessageAdded",
    "PauseChanged",
    "QuietChanged",
    "SilenceChanged",
    "SpeechRedacted",
    "TransferEnded",
    "TransferStarted",
]


@dataclass(frozen=True, slots=True)
class EndRequested(Fact):
    """A tool, a policy, a command or the agent's code (`by`) requested the end of the call. `headers` are SIP headers
    that a hang-up sends to the caller's phone.
    """

    reason: EndReason
    goodbye: str | None = None
    scope: Scope | None = None
    by: str = "code"
    detail: str = ""
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class EndCancelled(Fact):
    """The caller spoke during the goodbye, so the call continues."""

    reason: EndReason


@dataclass(frozen=True, slots=True)
class AwayRequested(Fact):
    """A command or the agent's code (`by`) requested to mark the caller away, or no longer away."""

    away: bool
    by: str = "code"


@dataclass(frozen=True, slots=True)
class SilenceChanged(Fact):
    """The silence ladder of the call was replaced. `silence` is None if there is no ladder from now on."""

    silence: Silence | None
    by: str = "code"


@dataclass(frozen=True, slots=True)
class PauseChanged(Fact):
    """The silence count is paused or resumed. `why` is the cause: hold, a transfer, voicemail detection (`amd`) or the
    agent's code.

    `people`: a person other than the caller speaks. `keys`: the caller enters phone keys. `filler`: a line is played
    outside the session's speech queue, so no session event reports the speech.
    """

    why: Literal["hold", "transfer", "amd", "code", "keys", "filler", "people"]
    paused: bool
    by: str = "code"


@dataclass(frozen=True, slots=True)
class TransferStarted(Fact):
    """The caller is being transferred. During the transfer, offhook plays no fillers, and the silence ladder is paused.

    "cold": offhook asked the server to transfer the phone (SIP REFER). "warm": the caller is on hold, and offhook dials
    a colleague into the room.
    """

    to: str
    by: str = "code"
    kind: Literal["cold", "warm"] = "cold"


@dataclass(frozen=True, slots=True)
class TransferEnded(Fact):
    """The result of a transfer.

    "done": the phone or person to whom the call was transferred accepted the call. "failed": the call goes on with the
    agent. "unknown": the server gave no result, or the caller left before the result.
    """

    status: Literal["done", "failed", "unknown"]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class QuietChanged(Fact):
    """The agent became quiet, in the given `mode`, or answers again (`mode` is empty).

    A quiet agent gives no answers. `mute`: the agent still hears the caller. `hold`: the caller hears music.
    `takeover`: a person in the room talks with the caller.
    """

    mode: Literal["mute", "hold", "takeover", ""]
    by: str = "code"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class InstructionsChanged(Fact):
    """The agent's instructions were replaced, or `text` was appended."""

    text: str
    append: bool
    by: str = "code"


@dataclass(frozen=True, slots=True)
class ContextReset(Fact):
    """The earlier conversation was removed from the model's context, except the last items (at most `kept`)."""

    kept: int
    by: str = "code"


@dataclass(frozen=True, slots=True)
class MessageAdded(Fact):
    """A message was added to the model's context without being spoken."""

    role: Literal["user", "assistant", "system", "developer"]
    text: str
    by: str = "code"


@dataclass(frozen=True, slots=True)
class SpeechRedacted(Fact):
    """All earlier speech was removed from the model's context, the session's history and the journal's files."""

    by: str = "code"


@dataclass(frozen=True, slots=True)
class CommandReceived(Fact):
    """A signed command was verified and is in the journal. `name` is the command's name, for example "say".

    A command that only reads (`state`, `transcript`, `facts`, `result`) is recorded when a sender uses it for the first
    time, and not again.
    """

    id: str
    by: str
    verb: Command
    name: str = ""


@dataclass(frozen=True, slots=True)
class CommandRefused(Fact):
    """A command was refused. `by` is empty if the signature is not valid; `identity` is what the sender claims to be.

    If many commands are refused in a short time, one fact stands for several refusals, and `count` is their number.
    """

    code: str
    text: str
    by: str = ""
    identity: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class CommandResult(Fact):
    """A result of a command. No other result follows a `final` result."""

    id: str
    status: CommandStatus
    detail: str = ""
    final: bool = True


@dataclass(frozen=True, slots=True)
class ActionFailed(Fact):
    """An action (`what`) failed: a decision, a command or a change of the agent could not be carried out."""

    what: str
    error: str
