"""Sets `user_state` to away or back to listening; LiveKit has no setter for the state."""

from typing import Any

from livekit.agents import AgentSession

from offhook.core.decisions import MarkAway

__all__ = ["NEVER", "mark_away"]

NEVER = 365 * 86_400.0
"""A timeout of one year, in seconds: it never expires in a call. With a timeout of None, LiveKit would neither reset
the away state nor stop its timer.
"""


def mark_away(session: AgentSession[Any], decision: MarkAway) -> None:
    """Mark the caller away, or no longer away, with LiveKit's own timer.

    A timeout of 0 expires on the next iteration of the event loop, if neither the caller nor the agent is speaking.
    """
    if decision.away and session.user_state == "away" and not decision.again:
        return  # already away; only `again` resets the timer, so that the state changes to listening and back
    options = session.options
    before = options.user_away_timeout
    if decision.away or before is None:
        options.user_away_timeout = 0 if decision.away else NEVER
    try:
        session.reset_away_timer()
    finally:
        options.user_away_timeout = before
