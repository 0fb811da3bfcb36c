"""Facts about an outbound call: the attempts to dial, and who has answered."""

from dataclasses import dataclass
from typing import Literal

from offhook.core.dial import DialOutcome, Redial
from offhook.core.facts.base import Fact

__all__ = ["AnsweredBy", "DialRequested", "DialResult", "DialStatus"]


@dataclass(frozen=True, slots=True)
class DialRequested(Fact):
    """The plan dials a phone. Until the phone answers, there is no caller, and the agent says nothing."""

    to: str
    trunk: str
    identity: str
    ringing: float
    redial: Redial | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class DialStatus(Fact):
    """The SIP status of the dialled phone until the call is active: dialing, ringing, or automation (the phone has
    answered, and LiveKit sends it phone keys).
    """

    status: str


@dataclass(frozen=True, slots=True)
class DialResult(Fact):
    """The result of one attempt to dial. `code` is the final SIP response code; 0 if there is none."""

    outcome: DialOutcome
    code: int = 0
    text: str = ""
    attempt: int = 1
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AnsweredBy(Fact):
    """The result of LiveKit's answering machine detection: a person or a kind of machine. `heard` is the
    transcript that the detection used.

    "mailbox_full" is a voicemail that takes no message. "screening" is a machine that asks who is calling, and "menu"
    is a machine that asks for a phone key. "unknown": the detection has no result, and the agent treats the callee as a
    person.
    """

    who: Literal["person", "voicemail", "mailbox_full", "screening", "menu", "unknown"]
    heard: str = ""
    message: str = ""
    """The text that the plan has for this kind of machine; empty if there is none."""
    file: str = ""
    seconds: float = 0.0
