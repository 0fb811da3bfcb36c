"""Converts a fact that ends a call, such as a failed plan or a closed session, to an `EndRequested`."""

from offhook.core.ending import Ending
from offhook.core.facts import EndRequested, PlanFailed, SessionClosed

__all__ = ["can_be_cancelled", "end_request_of", "goodbye_of"]


def end_request_of(fact: EndRequested | PlanFailed | SessionClosed) -> EndRequested:
    """For this fact, return the request to end the call. A session that closed without an error gets no goodbye."""
    match fact:
        case EndRequested():
            return fact
        case PlanFailed(error=error, reject=without_words):
            return EndRequested("error", goodbye="" if without_words else None, by="plan", detail=error)
        case SessionClosed(reason="error", error=error):
            return EndRequested("error", by="session", detail=error)
        case SessionClosed(reason="participant_disconnected"):
            return EndRequested("caller_hung_up", goodbye="", by="caller", detail="the session was closed")
        case SessionClosed(reason="job_shutdown"):
            return EndRequested("shutdown", goodbye="", by="livekit", detail="the session was closed")
        case _:
            return EndRequested(
                "agent_ended", goodbye="", by="session", detail=f"the session was closed: {fact.reason}"
            )


def goodbye_of(request: EndRequested, ending: Ending) -> str:
    """Return the goodbye to play, or "" for none. If the request's `goodbye` is None, the plan's text for this end
    reason is used.
    """
    if request.goodbye is not None:
        return request.goodbye.strip()
    return {"error": ending.apology, "shutdown": ending.shutdown}.get(request.reason, "").strip()


def can_be_cancelled(request: EndRequested, ending: Ending) -> bool:
    """True if the caller can cancel this end of the call by speaking during the goodbye."""
    cancellable = request.reason in ("agent_ended", "silence") and bool(goodbye_of(request, ending))
    return cancellable and ending.on_interruption == "reconsider"
