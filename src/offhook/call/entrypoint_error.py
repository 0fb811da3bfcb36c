"""Finds the end reason of a call whose entrypoint has raised an exception."""

from livekit import api

from offhook.core.dial import OUTCOME_REASONS
from offhook.core.facts import EndRequested
from offhook.policies.dial_outcome import outcome_of

__all__ = ["end_request"]


def end_request(error: BaseException, *, answered: bool) -> EndRequested:
    """Return the request to end the call. `answered` is True if a caller can hear an apology.

    If the entrypoint dials with LiveKit's API and the phone is not answered, LiveKit raises `SipCallError`. In this
    case no apology is played, and the end reason is the result of dialling: busy, declined, no_answer or unreachable.
    """
    if isinstance(error, api.SipCallError) and not answered:
        code, phrase = error.sip_status_code or 0, error.sip_status or ""
        outcome, text = outcome_of(error.code, error.message, code=code, phrase=phrase, rang=True)
        return EndRequested(OUTCOME_REASONS[outcome], goodbye="", by="entrypoint", detail=text)
    return EndRequested("error", by="entrypoint", detail=f"{type(error).__name__}: {error}")
