"""offhook for an agent that exists already: one line around its session."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from livekit.agents import AgentSession, JobContext

from offhook.core.ending import Ending, Limits
from offhook.core.facts import Fact, Planned
from offhook.core.ladder import Silence
from offhook.core.stall import DeadAir
from offhook.line.pickup import picked_up
from offhook.session.after import Hook
from offhook.session.build import check_session
from offhook.session.handlers import Handler, check_handlers
from offhook.session.ongoing import OngoingCall

__all__ = ["supervise"]


@asynccontextmanager
async def supervise(  # noqa: PLR0913  # each is one policy, and all are optional
    ctx: JobContext,
    session: AgentSession[Any],
    *,
    greeting: str | None = None,
    silence: Silence | None = None,
    ending: Ending | None = None,
    limits: Limits | None = None,
    dead_air: DeadAir | None = DeadAir(),  # noqa: B008  # frozen
    on: Mapping[type[Fact], Handler] | None = None,
    after: Sequence[Hook] = (),
) -> AsyncIterator[OngoingCall]:
    """Supervise a session of your own: silence, ending, limits, journal, commands.

    Enter it before `session.start`; it connects to the room and makes the call reachable. Leaving the block waits for
    the end of the call. An exception in the block is told to the caller, closes the room and is raised again.
    """
    async with picked_up(ctx) as pickup:
        check_session(session)
        planned = Planned(greeting, silence, ending or Ending(), limits or Limits(), dead_air)
        check_handlers(on or {})
        yield pickup.attach(session, planned, on=on, after=after)
