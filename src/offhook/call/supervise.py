"""Supervises the session of a stock agent: one `async with` around `session.start`."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from livekit.agents import AgentSession, JobContext

from offhook.call.lifecycle import open_call
from offhook.core.dead_air import DeadAir
from offhook.core.ending import Ending, Limits
from offhook.core.facts import EndRequested, Fact, Planned
from offhook.core.ladder import Silence
from offhook.engine.handlers import Handler, check_handlers
from offhook.session.build import check_session
from offhook.session.hooks import Hook
from offhook.session.ongoing import OngoingCall

__all__ = ["supervise"]

_NOT_STARTED = "the `supervise` block ended without a started session: call `await session.start(…)` in the block"


@asynccontextmanager
async def supervise(  # noqa: PLR0913  # each argument sets one policy, and all are optional
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
    """Supervise your own session: silence, ending, limits, journal, commands.

    Enter the `async with` block first, then call `session.start`: on entry, `supervise` joins the room and starts to
    accept commands. Leaving the block waits for the end of the call. After an exception in the block, the caller hears
    an apology, the room is closed, and the exception is raised again. The caller also hears the apology, and the call
    ends, in two cases: the session has not started 20 s after the caller is connected, or it has not started when the
    block ends. Use `pause()` if the session has to start later.
    """
    async with open_call(ctx) as runtime:
        check_session(session)
        planned = Planned(greeting, silence, ending or Ending(), limits or Limits(), dead_air)
        check_handlers(on or {})
        yield runtime.attach(session, planned, on=on, after=after)
        if not runtime.begun:
            runtime.supervisor.post(EndRequested("error", by="supervise", detail=_NOT_STARTED))
