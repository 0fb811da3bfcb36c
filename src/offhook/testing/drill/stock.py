"""The same agent as LiveKit alone would run it: its plan's agent, session and greeting, and nobody who watches."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from livekit.agents import AgentServer, AgentSession, JobContext

from offhook.core.call import Call, Caller
from offhook.models.build import choose
from offhook.session.build import build_session
from offhook.settings import load_settings
from offhook.testing.simulation.job import private
from offhook.worker.entry import Entry
from offhook.worker.plans import ask_for_plan, find

__all__ = ["stock_server", "unsupervised"]


def stock_server(server: AgentServer) -> AgentServer:
    """For a `serve(plan)` a plain server that starts the plan's session; any other is plain already."""
    entry = private(server, "_entrypoint_fnc")
    if not isinstance(entry, Entry):
        return server
    plain = AgentServer()

    @plain.rtc_session()
    async def entrypoint(ctx: JobContext) -> None:
        await ctx.connect()
        caller = await ctx.wait_for_participant()
        call = Call(ctx.job.id, ctx.room.name, Caller(caller.identity, name=caller.name))
        plan = await ask_for_plan(find(entry.module, entry.name), call, timeout=10)
        session = build_session(plan, lambda: choose(load_settings()))
        await session.start(plan.agent, room=ctx.room, session_host=False)
        if plan.greeting:
            session.say(plan.greeting)

    return plain


@asynccontextmanager
async def unsupervised(ctx: JobContext, session: AgentSession[Any], **_: Any) -> AsyncIterator[None]:  # noqa: ARG001  # as supervise
    """In place of `supervise`: only what LiveKit wants anyway."""
    await ctx.connect()
    yield None
