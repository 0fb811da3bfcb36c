"""The entrypoint that LiveKit runs in a job process for each call."""

import asyncio
import logging
from dataclasses import dataclass

from livekit.agents import JobContext

from offhook.call.lifecycle import open_call
from offhook.call.runtime import CallRuntime
from offhook.core.facts import PlanFailed
from offhook.models.build import choose
from offhook.session.build import build_session, room_options
from offhook.session.plan import Plan
from offhook.worker.plan_loader import call_plan, load_plan

__all__ = ["Entry"]

log = logging.getLogger("offhook")

_START = 20.0
"""If the session has not started after this many seconds, the caller hears an apology. `Agent.on_enter` may take
longer, because `session.start` does not wait for it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Runs the plan function of this name. With a name only, each job imports the current version of the file."""

    module: str
    name: str

    async def __call__(self, ctx: JobContext) -> None:
        async with open_call(ctx) as runtime:  # connects and starts the journal; leaving the block waits for the end
            plan = await self._plan(runtime)
            if plan is not None:
                await self._start(plan, runtime)

    async def _plan(self, runtime: CallRuntime) -> Plan | None:
        """Return the plan, or None after an error. Without a plan, the caller hears an apology and the call ends."""
        try:
            call = await runtime.caller_there()
            return await call_plan(load_plan(self.module, self.name), call, timeout=runtime.settings.plan_timeout)
        except (
            Exception,
            SystemExit,
        ) as error:  # user code may raise anything; the caller must still hear an apology
            if not runtime.supervising.done():
                log.exception("no plan for this call", extra={"plan": self.name})
                runtime.supervisor.post(PlanFailed(f"{type(error).__name__}: {error}"[:500]))
            return None

    async def _start(self, plan: Plan, runtime: CallRuntime) -> None:
        call = runtime.call_info()
        session = build_session(plan, lambda: choose(runtime.settings))
        runtime.attach(session, plan.planned, on=plan.on, after=plan.after)
        async with asyncio.timeout(_START):
            await session.start(
                plan.agent,
                room=runtime.ctx.room,
                room_options=room_options(plan, call.caller.identity),
                record=plan.record,
                session_host=plan.session_host,
            )
        if plan.background is not None:
            await plan.background.start(room=runtime.ctx.room, agent_session=session)
