"""The values that a plan function can return instead of a plan: a rejection, or a refusal that the caller hears."""

from dataclasses import dataclass
from typing import Literal

from offhook.core.errors import PlanError
from offhook.core.facts import EndRequested
from offhook.core.headers import Header

__all__ = ["Refusal", "Rejection", "answer_and_refuse", "reject"]

_CODES = {"busy": 486, "declined": 603}
_SENT = 486
"""The SIP code that livekit-sip sends for every rejection."""
_NAMES = {code: name for name, code in _CODES.items()}
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Rejection:
    """Ends the call without speech. If the phone is still ringing, offhook does not answer the phone.

    `code` is the SIP code for the rejection. livekit-sip 1.11 always sends 486, so the SIP header Reason (RFC 3326)
    carries any other `code`.
    """

    code: int = 486

    def __str__(self) -> str:
        name = _NAMES.get(self.code)
        return f"reject({name!r})" if name else f"reject({self.code})"

    @property
    def end_request(self) -> EndRequested:
        """The request to end the call."""
        name = _NAMES.get(self.code)
        detail = f"{name} ({self.code})" if name else f"SIP code {self.code}"
        reason = (Header("Reason", f"SIP ;cause={self.code}"),) if self.code != _SENT else ()
        return EndRequested("rejected", goodbye="", by="plan", detail=detail, headers=reason)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answers the call, says the text and hangs up."""

    text: str

    def __str__(self) -> str:
        return f"answer_and_refuse({self.text!r})"

    @property
    def end_request(self) -> EndRequested:
        """The request to end the call."""
        return EndRequested("rejected", goodbye=self.text, by="plan", detail="answered and refused")


def reject(why: Literal["busy", "declined"] | int = "busy") -> Rejection:
    """Return the value with which a plan function rejects the call. `why` is "busy" (486), "declined" (603) or a SIP
    code.

    If the phone is still ringing, offhook does not answer the phone. If the caller is on the web, or the phone is
    already answered, the call ends without speech.
    """
    code = _CODES.get(why) if isinstance(why, str) else why
    if not isinstance(code, int) or not 400 <= code <= 699:  # this also refuses True and False, which are 1 and 0
        raise PlanError(f"reject({why!r}): give 'busy', 'declined' or a SIP code from 400 to 699")
    return Rejection(code)


def answer_and_refuse(text: str) -> Refusal:
    """Return the value with which a plan function refuses a call.

    The agent answers the call, says this text and hangs up.
    """
    if not isinstance(text, str) or not text.strip():
        raise PlanError(f"answer_and_refuse({text!r}): give the sentence to say; to say nothing, use reject()")
    if len(text) > _LONGEST:
        raise PlanError(f"answer_and_refuse(): the text has {len(text)} characters; give at most {_LONGEST}")
    return Refusal(text.strip())
