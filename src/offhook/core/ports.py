"""The interfaces (ports) that the supervisor uses, as small protocols."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from offhook.core.decisions import (
    AbandonAnswer,
    AbandonTurnCode,
    AnswerCarriedWords,
    Ask,
    Decision,
    HangUp,
    Instruct,
    MarkAway,
    RetryAnswer,
    RunCommand,
    RunFunction,
    Say,
    StartRecording,
    SwitchStt,
    Transfer,
)
from offhook.core.dial import Dial
from offhook.core.facts import DialResult, Fact, HangUpDone
from offhook.core.record import Record
from offhook.core.transfer import TransferResult, WarmTransferResult

__all__ = [
    "Action",
    "Actions",
    "DialPort",
    "FallbackVoice",
    "HangUpPort",
    "PhonePort",
    "PlayoutPort",
    "Policy",
    "Recorder",
    "Sink",
    "Voice",
    "WarmTransferPort",
]

Action = (
    RunFunction
    | RunCommand
    | Instruct
    | Transfer
    | RetryAnswer
    | AbandonAnswer
    | AbandonTurnCode
    | AnswerCarriedWords
    | SwitchStt
    | StartRecording
)
"""Decisions that change the running call without speech."""


class Policy(Protocol):
    """Returns decisions for the facts of a call. A policy does not wait and does no I/O."""

    name: ClassVar[str]
    """The policy's name in the journal and in timelines."""

    @property
    def deadline(self) -> float | None:
        """The time of the next `Tick` that the policy needs, on the same clock as `now` in `handle`; None if no tick is
        needed.
        """

    def handle(self, fact: Fact, now: float) -> Sequence[Decision]:
        """Return the decisions that follow from this fact."""


class Sink(Protocol):
    """Receives every fact of a call when the fact is posted. Handlers, metrics and webhooks are sinks.

    A sink must not wait. If a sink raises, the error is logged and recorded, and the call continues.
    """

    def notice(self, fact: Fact) -> None:
        """Receive one fact."""


class Voice(Protocol):
    """Speaks to the caller. `say` and `ask` return when playout has finished, or raise."""

    async def say(self, decision: Say) -> bool:
        """Play the line. Return True if the caller interrupted the line."""

    async def ask(self, decision: Ask) -> bool:
        """Let the model speak. Return True if the caller interrupted the speech."""

    def mark_away(self, decision: MarkAway) -> None:
        """Mark the caller away, or no longer away."""

    def mute(self) -> None:
        """Play no more audio of the session for the rest of the call."""


class FallbackVoice(Voice, Protocol):
    """Fallback for lines that the session cannot speak."""

    def prepare(self, text: str) -> None:
        """Make the audio of this line in advance."""


class PlayoutPort(Protocol):
    """The playout of the agent's speech."""

    def pause(self) -> None:
        """Pause the agent's speech at once, unless the speech must be played to its end."""

    def resume(self) -> None:
        """Continue the paused speech."""


class Actions(Protocol):
    """Carries out decisions other than speech. `act` returns when the action is done, or raises."""

    async def act(self, decision: Action) -> str:
        """Carry out this decision. Return a note about the result, or an empty string."""


class HangUpPort(Protocol):
    """Hangs up the call."""

    async def hang_up(self, decision: HangUp) -> HangUpDone:
        """Close the room, remove the caller, or let only the agent leave, as the decision's `scope` says.

        A room that is already closed counts as success. If the server fails, the result has the error, and no
        exception is raised.
        """


class PhonePort(Protocol):
    """The caller's phone."""

    def transfer_address(self, to: str) -> str:
        """Return `to` in the form that the server accepts. Raises if `to` is wrong, or if the caller has no phone."""

    async def transfer(self, address: str, *, headers: Mapping[str, str], ringing: float) -> TransferResult:
        """Transfer the caller. Wait until the server gives a result, or until the time for a result has passed."""

    async def send_keys(self, keys: str) -> str:
        """Send phone keys (DTMF) to the phones in the room. Return a text that says how many were sent."""


class WarmTransferPort(Protocol):
    """Connects a human colleague with the caller."""

    async def run(self, dial: Dial, brief: str, *, decide: float, by: str) -> WarmTransferResult:
        """Dial the colleague, tell the colleague the `brief`, then let colleague and caller talk. Raises `OffhookError`
        if the transfer cannot begin.
        """


class DialPort(Protocol):
    """Dials the phone that the plan names."""

    async def place(self, attempt: int) -> DialResult:
        """Make one attempt to dial. If the attempt fails, the result has the failure, and no exception is raised."""


class Recorder(Protocol):
    """Writes facts and decisions to the journal."""

    def append(self, record: Record) -> None:
        """Queue this record for writing. This method does not wait and does not raise."""

    async def flushed(self) -> bool:
        """Wait until all appended records are on disk. Return False if writing failed; the log then has the error."""

    async def redact(self, call: str, before: int) -> bool:
        """Remove the words from those records of this call whose number (`seq`) is below `before`.

        Return True if no copy of the words is left.
        """
