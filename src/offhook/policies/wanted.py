"""What ends a call besides a wish, read as one: there is no plan, or the session is closed."""

from offhook.core.facts import EndWanted, PlanFailed, SessionClosed

__all__ = ["wish_of"]


def wish_of(fact: EndWanted | PlanFailed | SessionClosed) -> EndWanted:
    """Read it; a closed session has no voice for a goodbye of its own."""
    match fact:
        case EndWanted():
            return fact
        case PlanFailed(error=error):
            return EndWanted("error", by="plan", detail=error)
        case SessionClosed(reason="error", error=error):
            return EndWanted("error", by="session", detail=error)
        case SessionClosed(reason="participant_disconnected"):
            return EndWanted("caller_hung_up", goodbye="", by="caller", detail="the session was closed")
        case SessionClosed(reason="job_shutdown"):
            return EndWanted("shutdown", goodbye="", by="livekit", detail="the session was closed")
        case _:
            return EndWanted("agent_ended", goodbye="", by="session", detail=f"the session was closed: {fact.reason}")
